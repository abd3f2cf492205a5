package curve

import (
	"fmt"
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The size of the picture, in the proportions of a slide.
const (
	width  = 32 * vg.Centimeter
	height = 18 * vg.Centimeter
)

// Colours that people with any colour vision tell apart: M. Okabe, K. Ito,
// "Color Universal Design".
var (
	trainColour = color.NRGBA{R: 0x00, G: 0x72, B: 0xb2, A: 0xff}
	faintTrain  = color.NRGBA{R: 0x00, G: 0x72, B: 0xb2, A: 0x50}
	valColour   = color.NRGBA{R: 0xd5, G: 0x5e, B: 0x00, A: 0xff}
	testColour  = color.NRGBA{R: 0x00, G: 0x9e, B: 0x73, A: 0xff}
	rateColour  = color.NRGBA{R: 0xa0, G: 0x50, B: 0x80, A: 0xff}
	gridColour  = color.NRGBA{R: 0xe2, G: 0xe2, B: 0xe2, A: 0xff}
	textColour  = color.NRGBA{R: 0x30, G: 0x30, B: 0x30, A: 0xff}
)

// picture draws the panels under a title: the loss at the left, accuracy and
// rate at the right.
func picture(c draw.Canvas, m *metrics, title string) error {
	c.SetColor(color.White)
	c.Fill(c.Rectangle.Path())
	const margin, gap = 0.6 * vg.Centimeter, 0.9 * vg.Centimeter
	c = draw.Crop(c, margin, -margin, margin, -margin)
	head := style(16, textColour)
	head.XAlign, head.YAlign = text.XLeft, text.YTop
	c.FillText(head, vg.Point{X: c.Min.X, Y: c.Max.Y}, title)
	body := draw.Crop(c, 0, 0, 0, -1.3*vg.Centimeter)
	size := body.Size()
	loss, err := lossPanel(m)
	if err != nil {
		return err
	}
	accuracy, err := accuracyPanel(m)
	if err != nil {
		return err
	}
	rate, err := ratePanel(m)
	if err != nil {
		return err
	}
	middle, level := 0.56*size.X, 0.4*size.Y
	loss.Draw(draw.Crop(body, 0, middle-size.X-gap/2, 0, 0))
	accuracy.Draw(draw.Crop(body, middle+gap/2, 0, level+gap/2, 0))
	rate.Draw(draw.Crop(body, middle+gap/2, 0, 0, level-size.Y-gap/2))
	return nil
}

func lossPanel(m *metrics) (*plot.Plot, error) {
	p := panel("Loss", "step", "cross-entropy (nats)")
	p.Legend.Top = true
	average := smooth(m.loss)
	if logarithmic(average, m.valLoss, m.testLoss) {
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plot.TickerFunc(logTicks)
		m.loss = positive(m.loss)
	}
	return p, curves(p,
		curve{"training, single batches", m.loss, faintTrain, 0.8, false},
		curve{"training, smoothed", average, trainColour, 2.2, false},
		curve{"validation", m.valLoss, valColour, 1.8, true},
		curve{"test", m.testLoss, testColour, 1.8, true},
	)
}

func accuracyPanel(m *metrics) (*plot.Plot, error) {
	p := panel("Accuracy", "epoch", "correct (%)")
	p.X.Tick.Marker = plot.TickerFunc(wholeTicks)
	for _, c := range []struct {
		name string
		at   plotter.XYs
	}{{"validation", m.valAccuracy}, {"test", m.testAccuracy}} {
		if n := len(c.at); n > 0 {
			p.Title.Text += fmt.Sprintf(", %s: %.2f%%", c.name, c.at[n-1].Y)
		}
	}
	if len(m.valAccuracy) == 0 && len(m.testAccuracy) == 0 {
		p.HideAxes()
		p.Title.Text = "Accuracy: no validation or test data"
	}
	return p, curves(p,
		curve{"validation", m.valAccuracy, valColour, 1.8, true},
		curve{"test", m.testAccuracy, testColour, 1.8, true},
	)
}

func ratePanel(m *metrics) (*plot.Plot, error) {
	p := panel("Learning rate", "step", "rate")
	if err := curves(p, curve{"", m.rate, rateColour, 2.2, false}); err != nil {
		return nil, err
	}
	p.Y.Min = 0
	p.Y.Max *= 1.05
	return p, nil
}

// curve is a line of a panel. One without a name stands in no legend; marks
// are for curves of few points.
type curve struct {
	name   string
	at     plotter.XYs
	colour color.Color
	width  vg.Length
	marks  bool
}

func curves(p *plot.Plot, all ...curve) error {
	for _, c := range all {
		if len(c.at) == 0 {
			continue
		}
		line, marks, err := plotter.NewLinePoints(c.at)
		if err != nil {
			return err
		}
		line.Color, line.Width = c.colour, c.width
		marks.Color, marks.Shape, marks.Radius = c.colour, draw.CircleGlyph{}, 3
		entry := []plot.Thumbnailer{line}
		p.Add(line)
		if c.marks && len(c.at) <= 60 || len(c.at) == 1 {
			entry = append(entry, marks)
			p.Add(marks)
		}
		if c.name != "" {
			p.Legend.Add(c.name, entry...)
		}
	}
	return nil
}

// panel is an empty panel with a grid.
func panel(title, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.Title.Padding = title, 6
	p.Title.TextStyle = style(13, textColour)
	for _, a := range []struct {
		axis  *plot.Axis
		label string
	}{{&p.X, x}, {&p.Y, y}} {
		a.axis.Label.Text, a.axis.Label.Padding = a.label, 4
		a.axis.Label.TextStyle.Font, a.axis.Label.TextStyle.Color = style(11, textColour).Font, textColour
		a.axis.Tick.Label.Font, a.axis.Tick.Label.Color = style(10, textColour).Font, textColour
		a.axis.Tick.Marker = plot.TickerFunc(ticks)
		a.axis.LineStyle.Color, a.axis.Tick.LineStyle.Color = textColour, textColour
	}
	p.Legend.TextStyle.Font, p.Legend.TextStyle.Color = style(11, textColour).Font, textColour
	p.Legend.ThumbnailWidth, p.Legend.Padding = 1*vg.Centimeter, 3
	p.Legend.YOffs, p.Legend.XOffs = 0, -6
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = gridColour, gridColour
	p.Add(grid)
	return p
}

func style(size vg.Length, c color.Color) draw.TextStyle {
	return draw.TextStyle{
		Color: c, Font: font.Font{Typeface: "Liberation", Variant: "Sans", Size: size},
		XAlign: text.XCenter, YAlign: text.YTop, Handler: plot.DefaultTextHandler,
	}
}

// logarithmic reports whether losses need that scale: they are all above 0 and
// the greatest is more than twenty times the least.
func logarithmic(all ...plotter.XYs) bool {
	least, most := math.Inf(1), 0.0
	for _, curve := range all {
		for _, p := range curve {
			least, most = min(least, p.Y), max(most, p.Y)
		}
	}
	return least > 0 && most > 20*least
}

// positive is the points that a logarithmic scale can show.
func positive(all plotter.XYs) plotter.XYs {
	var kept plotter.XYs
	for _, p := range all {
		if p.Y > 0 {
			kept = append(kept, p)
		}
	}
	return kept
}

// logTicks labels 1, 2 and 5 of each decade.
func logTicks(least, most float64) []plot.Tick {
	var ticks []plot.Tick
	for e := int(math.Floor(math.Log10(least))); e <= int(math.Ceil(math.Log10(most))); e++ {
		for _, d := range []float64{1, 2, 5} {
			if v := d * math.Pow10(e); v >= least && v <= most {
				ticks = append(ticks, plot.Tick{Value: v, Label: strconv.FormatFloat(v, 'g', 3, 64)})
			}
		}
	}
	return ticks
}

// ticks labels from four to ten round numbers.
func ticks(least, most float64) []plot.Tick { return ticksFrom(0, least, most) }

// wholeTicks labels whole numbers, ten at most.
func wholeTicks(least, most float64) []plot.Tick { return ticksFrom(1, least, most) }

// ticksFrom labels multiples of 1, 2 or 5 of a power of ten, no finer than finest.
func ticksFrom(finest, least, most float64) []plot.Tick {
	if !(most > least) {
		return nil
	}
	unit := math.Pow(10, math.Floor(math.Log10((most-least)/4)))
	for _, times := range []float64{5, 2} {
		if (most-least)/(times*unit) >= 4 {
			unit *= times
			break
		}
	}
	unit = max(unit, finest)
	var all []plot.Tick
	for i := math.Ceil(least / unit); i*unit <= most*(1+1e-9); i++ {
		all = append(all, plot.Tick{Value: i * unit, Label: strconv.FormatFloat(i*unit, 'g', 6, 64)})
	}
	return all
}
