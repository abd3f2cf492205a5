// Package curve draws how a run of training went: its losses, accuracies and
// rates, as a picture for a talk.
//
// Input: the lines of JSON that a run leaves in its folder. Output: an SVG and a
// PNG of the same picture. The same lines give the same bytes.
package curve

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"gonum.org/v1/plot/plotter"
)

// metrics is what there is to draw. X is steps, except for accuracies, which
// are in percent over epochs.
type metrics struct {
	loss, rate                plotter.XYs // of reported steps
	valLoss, testLoss         plotter.XYs // at the last step of each epoch
	valAccuracy, testAccuracy plotter.XYs
}

// event is a line of the log, of any kind.
type event struct {
	Event    string   `json:"event"`
	Epoch    int      `json:"epoch"`
	Step     int      `json:"step"`
	Loss     float64  `json:"loss"`
	Rate     float64  `json:"lr"`
	ValLoss  *float64 `json:"val_loss"`
	ValTop1  *float64 `json:"val_top1"`
	TestLoss *float64 `json:"test_loss"`
	TestTop1 *float64 `json:"test_top1"`
}

// read collects the curves of a log. Of a run that is under way the last line
// may be unfinished; any other line that is not JSON is an error.
func read(r io.Reader) (*metrics, error) {
	var m metrics
	step := 0
	for in, line := bufio.NewReader(r), 1; ; line++ {
		text, err := in.ReadBytes('\n')
		if err == io.EOF {
			return &m, nil
		}
		if err != nil {
			return nil, err
		}
		var e event
		if err := json.Unmarshal(text, &e); err != nil {
			return nil, fmt.Errorf("line %d: %w; expected an event as JSON", line, err)
		}
		switch e.Event {
		case "step":
			step = e.Step
			m.loss = append(m.loss, plotter.XY{X: float64(step), Y: e.Loss})
			m.rate = append(m.rate, plotter.XY{X: float64(step), Y: e.Rate})
		case "epoch":
			add(&m.valLoss, step, e.ValLoss, 1)
			add(&m.testLoss, step, e.TestLoss, 1)
			add(&m.valAccuracy, e.Epoch, e.ValTop1, 100)
			add(&m.testAccuracy, e.Epoch, e.TestTop1, 100)
		}
	}
}

func add(to *plotter.XYs, x int, y *float64, times float64) {
	if y != nil {
		*to = append(*to, plotter.XY{X: float64(x), Y: times * *y})
	}
}

// smooth is the exponential moving average of a curve, over about a fifteenth
// of its points; its first values average what there is so far.
func smooth(of plotter.XYs) plotter.XYs {
	keep := 1 - 1/max(1, float64(len(of))/15)
	out := make(plotter.XYs, len(of))
	sum, weight := 0.0, 0.0
	for i, p := range of {
		sum, weight = keep*sum+p.Y, keep*weight+1
		out[i] = plotter.XY{X: p.X, Y: sum / weight}
	}
	return out
}
