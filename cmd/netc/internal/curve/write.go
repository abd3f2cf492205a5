package curve

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/netc-lang/netc/runtime/checkpoint"
	"github.com/netc-lang/netc/runtime/train"
)

// The files of the picture in a run's folder.
const (
	SVG = "curves.svg"
	PNG = "curves.png"
)

// dpi makes a PNG as wide as a screen.
const dpi = 150

// Write draws the metrics in a run's folder and puts the picture beside them.
// Each file is whole at any time. A log that has no steps yet gives none.
func Write(dir, title string) error {
	path := filepath.Join(dir, train.MetricsFile)
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("curves: %w", err)
	}
	defer f.Close()
	m, err := read(f)
	if err != nil {
		return fmt.Errorf("curves: %s: %w", path, err)
	}
	if len(m.loss) == 0 {
		return nil
	}
	svg := vgsvg.New(width, height)
	if err := write(filepath.Join(dir, SVG), svg, svg, m, title); err != nil {
		return err
	}
	img := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(dpi))
	return write(filepath.Join(dir, PNG), img, vgimg.PngCanvas{Canvas: img}, m, title)
}

// write draws on a canvas and replaces a file by what encoded makes of it.
func write(path string, on vg.CanvasSizer, encoded io.WriterTo, m *metrics, title string) error {
	if err := picture(draw.New(on), m, title); err != nil {
		return fmt.Errorf("curves: %w", err)
	}
	return checkpoint.Replace(path, func(w io.Writer) error {
		_, err := encoded.WriteTo(w)
		return err
	})
}
