package diff

import (
	"encoding/json"
	"fmt"

	"github.com/netc-lang/netc/compiler/stats"
)

// Cost is a count of both models.
type Cost struct {
	What     string
	Old, New stats.Amount
	Bytes    bool
}

// MarshalJSON writes the counts with their change, absolute and relative to the
// old one; null where one is not known, or the old one is 0.
func (c Cost) MarshalJSON() ([]byte, error) {
	var change, relative any
	if d, ok := c.change(); ok {
		change = d
		if c.Old != 0 {
			relative = float64(d) / float64(c.Old)
		}
	}
	return json.Marshal(struct {
		What     string       `json:"what"`
		Old      stats.Amount `json:"old"`
		New      stats.Amount `json:"new"`
		Change   any          `json:"change"`
		Relative any          `json:"relative"`
	}{c.What, c.Old, c.New, change, relative})
}

func (c Cost) change() (int64, bool) {
	return int64(c.New) - int64(c.Old), c.Old != stats.Unknown && c.New != stats.Unknown
}

// costs lists what the models cost. What neither has is left out.
func costs(before, after Side) []Cost {
	old, now := before.Stats, after.Stats
	field := func(s Side, axis int) stats.Amount {
		l := layerOf(s)
		switch {
		case s.Stats.Open():
			return stats.Unknown
		case l == nil || l.ReceptiveField == nil:
			return 1
		}
		return stats.Amount(l.ReceptiveField[axis])
	}
	list := []Cost{
		{What: "parameters", Old: stats.Amount(old.Params), New: stats.Amount(now.Params)},
		{What: "parameters in training", Old: stats.Amount(old.ParamsTraining), New: stats.Amount(now.ParamsTraining)},
		{What: "trainable parameters", Old: stats.Amount(old.ParamsTrainable), New: stats.Amount(now.ParamsTrainable)},
		{What: "buffers", Old: stats.Amount(old.Buffers), New: stats.Amount(now.Buffers)},
		{What: "MACs", Old: old.MACs, New: now.MACs},
		{What: "MACs in training", Old: old.MACsTraining, New: now.MACsTraining},
		{What: "FLOPs", Old: old.FLOPs, New: now.FLOPs},
		{What: "activations", Old: old.Activations, New: now.Activations},
		{What: "inference memory", Old: old.Inference, New: now.Inference, Bytes: true},
		{What: "training memory", Old: old.Training, New: now.Training, Bytes: true},
		{What: "rows seen", Old: field(before, 0), New: field(after, 0)},
		{What: "columns seen", Old: field(before, 1), New: field(after, 1)},
	}
	var kept []Cost
	for _, c := range list {
		if c.Old != 0 || c.New != 0 {
			kept = append(kept, c)
		}
	}
	return kept
}

// layerOf is the layer that makes a model's first output; nil where that is the
// input itself.
func layerOf(s Side) *stats.Layer {
	if len(s.Graph.Outputs) == 0 || s.Graph.Outputs[0].Value.Node == nil {
		return nil
	}
	for i := range s.Stats.Layers {
		if s.Stats.Layers[i].Name == s.Graph.Outputs[0].Value.Node.Name {
			return &s.Stats.Layers[i]
		}
	}
	return nil
}

// number writes a count for a person.
func (c Cost) number(n stats.Amount) string {
	if c.Bytes && n != stats.Unknown {
		return stats.Bytes(int64(n))
	}
	return n.String()
}

// difference writes the change for a person, absolute and relative.
func (c Cost) difference() (absolute, relative string) {
	d, ok := c.change()
	switch {
	case !ok || d == 0:
		return "", ""
	case c.Bytes && d < 0:
		absolute = "-" + stats.Bytes(-d)
	case c.Bytes:
		absolute = "+" + stats.Bytes(d)
	default:
		absolute = stats.Thousands(d)
		if d > 0 {
			absolute = "+" + absolute
		}
	}
	if c.Old != 0 {
		relative = share(100 * float64(d) / float64(c.Old))
	}
	return absolute, relative
}

// share writes a percentage so that a small one is not nothing.
func share(p float64) string {
	if -0.05 < p && p < 0.05 {
		return fmt.Sprintf("%+.1g%%", p)
	}
	return fmt.Sprintf("%+.1f%%", p)
}
