package curve

import (
	"bytes"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"github.com/netc-lang/netc/runtime/train"
)

// log is the events of a run of two epochs, of which one is validated.
const log = `{"event":"step","epoch":1,"step":10,"loss":2,"lr":0.1,"images_per_second":1,"data_wait":0}
{"event":"step","epoch":1,"step":20,"loss":0.05,"lr":0.05,"images_per_second":1,"data_wait":0}
{"event":"epoch","epoch":1,"train_loss":1,"val_loss":0.5,"val_top1":0.75,"test_loss":0.625,"test_top1":0.5}
{"event":"step","epoch":2,"step":30,"loss":0.025,"lr":0.025,"images_per_second":1,"data_wait":0}
{"event":"epoch","epoch":2,"train_loss":1,"val_loss":null,"val_top1":null}
{"event":"done","seconds":1}
`

func TestRead(t *testing.T) {
	got, err := read(strings.NewReader(log + `{"event":"st`))
	if err != nil {
		t.Fatal(err)
	}
	want := &metrics{
		loss:         plotter.XYs{{X: 10, Y: 2}, {X: 20, Y: 0.05}, {X: 30, Y: 0.025}},
		rate:         plotter.XYs{{X: 10, Y: 0.1}, {X: 20, Y: 0.05}, {X: 30, Y: 0.025}},
		valLoss:      plotter.XYs{{X: 20, Y: 0.5}},
		testLoss:     plotter.XYs{{X: 20, Y: 0.625}},
		valAccuracy:  plotter.XYs{{X: 1, Y: 75}},
		testAccuracy: plotter.XYs{{X: 1, Y: 50}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(metrics{})); diff != "" {
		t.Error(diff)
	}
	if _, err := read(strings.NewReader(log + "loss\n")); err == nil || !strings.Contains(err.Error(), "line 7") {
		t.Errorf("error %v, expected one of line 7", err)
	}
}

func TestSmooth(t *testing.T) {
	var noisy plotter.XYs
	for i := range 150 {
		noisy = append(noisy, plotter.XY{X: float64(i), Y: 5 + float64(i%2*2-1)})
	}
	for i, p := range smooth(noisy)[60:] {
		if p.Y < 4.8 || p.Y > 5.2 || p.X != float64(60+i) {
			t.Fatalf("%v, expected about 5", p)
		}
	}
	few := plotter.XYs{{X: 1, Y: 2}, {X: 2, Y: 9}}
	if diff := cmp.Diff(few, smooth(few)); diff != "" {
		t.Errorf("two points: %s", diff)
	}
}

func TestTicks(t *testing.T) {
	for _, tt := range []struct {
		of          func(least, most float64) string
		least, most float64
		want        string
	}{
		{labels(ticks), 50, 2814, "500 1000 1500 2000 2500"},
		{labels(wholeTicks), 1, 3, "1 2 3"},
		{labels(wholeTicks), 1, 90, "20 40 60 80"},
		{labels(ticks), 1, 3, "1 1.5 2 2.5 3"},
		{labels(ticks), 0, 0.0525, "0 0.01 0.02 0.03 0.04 0.05"},
		{labels(ticks), 5, 5, ""},
		{labels(logTicks), 0.015, 1.2, "0.02 0.05 0.1 0.2 0.5 1"},
	} {
		if got := tt.of(tt.least, tt.most); got != tt.want {
			t.Errorf("%g to %g: %s, expected %s", tt.least, tt.most, got, tt.want)
		}
	}
}

// TestWrite draws logs and looks at the files: what a person must be told is
// in the SVG, and the PNG has the same proportions.
func TestWrite(t *testing.T) {
	first, _, _ := strings.Cut(log, "\n")
	for name, tt := range map[string]struct {
		log   string
		times int
		want  []string
	}{
		"whole":        {log, 2, []string{"Toy on bars", "Loss", "step", "cross-entropy (nats)", "training, smoothed", "validation", "test", "epoch", "correct (%)", "test: 50.00%", "Learning rate"}},
		"one step":     {first + "\n", 1, []string{"Loss", "no validation or test data"}},
		"zeros":        {strings.NewReplacer("0.05", "0", "0.1", "0").Replace(log), 1, []string{"Loss"}},
		"not finished": {log + `{"event"`, 1, []string{"Loss"}},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, train.MetricsFile), []byte(tt.log), 0o666); err != nil {
			t.Fatal(err)
		}
		var last []byte
		for range tt.times {
			if err := Write(dir, "Toy on bars"); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			svg, err := os.ReadFile(filepath.Join(dir, SVG))
			if err != nil || last != nil && !bytes.Equal(svg, last) {
				t.Errorf("%s: another SVG of the same log, error %v", name, err)
			}
			last = svg
		}
		for _, text := range tt.want {
			if !bytes.Contains(last, []byte(text)) {
				t.Errorf("%s: the SVG lacks %q", name, text)
			}
		}
		f, err := os.Open(filepath.Join(dir, PNG))
		if err != nil {
			t.Fatal(err)
		}
		head, err := png.DecodeConfig(f)
		f.Close()
		if ratio := fmt.Sprintf("%.2f", float64(head.Width)/float64(head.Height)); err != nil || ratio != "1.78" || head.Width < 1600 {
			t.Errorf("%s: PNG of %dx%d, error %v", name, head.Width, head.Height, err)
		}
		if files, _ := os.ReadDir(dir); len(files) != 3 {
			t.Errorf("%s: %d files, expected 3", name, len(files))
		}
	}
	if err := Write(t.TempDir(), ""); err == nil {
		t.Error("no error without a log")
	}
}

// labels is the text of a ticker's labels.
func labels(ticker func(least, most float64) []plot.Tick) func(least, most float64) string {
	return func(least, most float64) string {
		var all []string
		for _, tick := range ticker(least, most) {
			all = append(all, tick.Label)
		}
		return strings.Join(all, " ")
	}
}
