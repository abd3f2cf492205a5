package train

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// Step is the event of a finished step. Fields without a JSON name are for
// people's eyes.
type Step struct {
	Stage           string  `json:"stage,omitempty"` // of a run in stages
	Epoch           int     `json:"epoch"`           // from 1
	Step            int     `json:"step"`            // of the whole run, from 1
	Loss            float64 `json:"loss"`            // of this step's batch
	Rate            float64 `json:"lr"`
	ImagesPerSecond float64 `json:"images_per_second"` // since the last reported step
	DataWait        float64 `json:"data_wait"`         // share of that time spent waiting for data

	Epochs           int           `json:"-"`
	InEpoch, OfEpoch int           `json:"-"` // steps of the epoch: finished, all
	MeanLoss         float64       `json:"-"` // over the epoch so far
	Top1             float64       `json:"-"` // likewise; NaN where the plan has no logits
	Left             time.Duration `json:"-"` // of the epoch, at the present speed
	Report           bool          `json:"-"` // whether logs show this step: decided by its number alone
}

// Epoch is the event of a finished epoch.
type Epoch struct {
	Stage     string  `json:"stage,omitempty"` // of a run in stages
	Epoch     int     `json:"epoch"`
	TrainLoss float64 `json:"train_loss"` // mean over the epoch's steps, as each found the weights
	// Of each objective by its name, without its weight, where there are several.
	TrainLosses map[string]float64 `json:"train_losses,omitempty"`
	ValLoss     *float64           `json:"val_loss"` // null without a validation split
	ValTop1     *float64           `json:"val_top1"`
	ValTop5     *float64           `json:"val_top5,omitempty"`           // where the recipe asks for it
	ValPixels   *float64           `json:"val_pixel_accuracy,omitempty"` // top1 again, where pixels have labels
	ValIoU      *float64           `json:"val_mean_iou,omitempty"`
	TestLoss    *float64           `json:"test_loss,omitempty"` // only where asked for
	TestTop1    *float64           `json:"test_top1,omitempty"`
	TestTop5    *float64           `json:"test_top5,omitempty"`
	TestPixels  *float64           `json:"test_pixel_accuracy,omitempty"`
	TestIoU     *float64           `json:"test_mean_iou,omitempty"`
}

// Done is the event of a finished run.
type Done struct {
	TestTop1   *float64 `json:"test_top1,omitempty"`
	TestTop5   *float64 `json:"test_top5,omitempty"`
	TestPixels *float64 `json:"test_pixel_accuracy,omitempty"`
	TestIoU    *float64 `json:"test_mean_iou,omitempty"`
	TestLoss   *float64 `json:"-"`
	Seconds    float64  `json:"seconds"` // earlier sessions included
	Weights    string   `json:"weights,omitempty"`
}

// Sink shows or stores events. Step is called after every step, with an event
// that is valid during the call; an error stops the run.
type Sink interface {
	Step(*Step) error
	Epoch(*Epoch) error
	Done(*Done) error
}

// jsonLines writes reported events as lines of JSON.
type jsonLines struct{ w io.Writer }

// JSON is the sink that writes each reported event as one line of JSON.
func JSON(w io.Writer) Sink { return jsonLines{w} }

func (s jsonLines) Step(e *Step) error {
	if !e.Report {
		return nil
	}
	return s.line(struct {
		Event string `json:"event"`
		*Step
	}{"step", e})
}

func (s jsonLines) Epoch(e *Epoch) error {
	return s.line(struct {
		Event string `json:"event"`
		*Epoch
	}{"epoch", e})
}

func (s jsonLines) Done(e *Done) error {
	return s.line(struct {
		Event string `json:"event"`
		*Done
	}{"done", e})
}

func (s jsonLines) line(event any) error {
	b, err := json.Marshal(event)
	if err != nil {
		return err
	}
	_, err = s.w.Write(append(b, '\n'))
	return err
}

// text writes reported events as plain lines.
type text struct{ w io.Writer }

// Text is the sink that writes each reported event as a plain line.
func Text(w io.Writer) Sink { return text{w} }

func (s text) Step(e *Step) error {
	if !e.Report {
		return nil
	}
	_, err := fmt.Fprintf(s.w, "%sepoch %d/%d  step %d/%d  loss %.4f%s  lr %.3g  %.0f images/s  data wait %.0f%%\n",
		stageText(e.Stage), e.Epoch, e.Epochs, e.InEpoch, e.OfEpoch, e.Loss, top1Text(e.Top1), e.Rate, e.ImagesPerSecond, 100*e.DataWait)
	return err
}

func (s text) Epoch(e *Epoch) error {
	_, err := fmt.Fprintln(s.w, epochLine(e))
	return err
}

func (s text) Done(e *Done) error {
	_, err := fmt.Fprintln(s.w, doneLine(e))
	return err
}

func top1Text(share float64) string {
	if math.IsNaN(share) {
		return ""
	}
	return fmt.Sprintf("  accuracy %.2f%%", 100*share)
}

// epochLine is what a person reads of a finished epoch.
func epochLine(e *Epoch) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%sepoch %d  train loss %.4f", stageText(e.Stage), e.Epoch, e.TrainLoss)
	if len(e.TrainLosses) > 0 {
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(e.TrainLosses)) {
			parts = append(parts, fmt.Sprintf("%s %.4f", name, e.TrainLosses[name]))
		}
		fmt.Fprintf(&b, " (%s)", strings.Join(parts, ", "))
	}
	splitText(&b, "validation", e.ValLoss, e.ValTop1, e.ValTop5, e.ValIoU)
	splitText(&b, "test", e.TestLoss, e.TestTop1, e.TestTop5, e.TestIoU)
	return b.String()
}

// doneLine is what a person reads of a finished run.
func doneLine(e *Done) string {
	var b strings.Builder
	fmt.Fprintf(&b, "done in %.1f s", e.Seconds)
	splitText(&b, "test", e.TestLoss, e.TestTop1, e.TestTop5, e.TestIoU)
	if e.Weights != "" {
		fmt.Fprintf(&b, "  weights %s", e.Weights)
	}
	return b.String()
}

func splitText(b *strings.Builder, name string, loss, top1, top5, iou *float64) {
	if loss == nil {
		return
	}
	fmt.Fprintf(b, "  %s loss %.4f", name, *loss)
	if top1 != nil {
		fmt.Fprintf(b, "  accuracy %.2f%%", 100**top1)
	}
	if iou != nil {
		fmt.Fprintf(b, "  mean IoU %.4f", *iou)
	}
	if top5 != nil {
		fmt.Fprintf(b, "  top five %.2f%%", 100**top5)
	}
}

// stageText is what stands in front of a line of a run in stages.
func stageText(stage string) string {
	if stage == "" {
		return ""
	}
	return stage + ": "
}

// both hands events to two sinks.
type both [2]Sink

func (s both) Step(e *Step) error {
	for _, sink := range s {
		if err := sink.Step(e); err != nil {
			return err
		}
	}
	return nil
}

func (s both) Epoch(e *Epoch) error {
	for _, sink := range s {
		if err := sink.Epoch(e); err != nil {
			return err
		}
	}
	return nil
}

func (s both) Done(e *Done) error {
	for _, sink := range s {
		if err := sink.Done(e); err != nil {
			return err
		}
	}
	return nil
}
