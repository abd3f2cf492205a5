package data

import (
	"fmt"
)

// Target says what a model's output is compared with. The zero value is the
// label of each image, or of each pixel where a dataset has masks.
type Target struct {
	Map      [2]int  // rows and columns of the output; zero where it is a vector
	Channels int     // of the output: scores, or values
	Labels   bool    // a loss compares with labels
	Values   bool    // a loss compares with numbers, one for each of the output
	Binary   bool    // the losses with numbers take one channel for two classes
	Off      float64 // the number of the classes that are not the label's, whose own is 1
	Ignore   *int    // the label that counts in no loss; nil for none
}

// NoLabel is the label of pixels that another sample counts: of those that
// several tiles of an image share.
const NoLabel = -1

// valued is a Dataset whose samples have numbers to be predicted, and no
// classes: as many as Info has names of Values.
type valued interface {
	values(i int, dst []float32)
}

// PerSample are the labels and the numbers that a sample is compared with.
func (t *Target) PerSample(info Info, image Shape) (labels, values int) {
	labels = 1
	switch {
	case info.Values != nil:
		labels, values = 0, len(info.Values)
	case info.Masks && t.Map == [2]int{}:
		labels = image.H * image.W
	case info.Masks:
		labels = t.Map[0] * t.Map[1]
	}
	if info.Values == nil {
		values = labels * t.Channels
	}
	if !t.Values {
		values = 0
	}
	return labels, values
}

// void is the label of pixels that come in from outside an image.
func (t *Target) void() byte {
	if t.Ignore != nil && *t.Ignore <= 255 {
		return byte(*t.Ignore)
	}
	return 0
}

func (t *Target) ignores(label int) bool { return t.Ignore != nil && *t.Ignore == label }

// numbers writes the numbers that labels stand for: for each 1 at its class and
// Off elsewhere, or the label itself where one channel tells two classes apart.
func (t *Target) numbers(dst []float32, labels []int32) {
	for i, label := range labels {
		row := dst[i*t.Channels:][:t.Channels]
		if t.Channels == 1 {
			row[0] = float32(t.Off)
			if label == 1 {
				row[0] = 1
			}
			continue
		}
		for c := range row {
			row[c] = float32(t.Off)
		}
		if 0 <= label && int(label) < t.Channels {
			row[label] = 1
		}
	}
}

// check tells whether what a dataset has is what the target is made of. image
// is the shape of images that the model takes.
func (t *Target) check(info Info, model string, image Shape) error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf(info.Name+": "+format, args...)
	}
	isMap := t.Map != [2]int{}
	switch n := len(info.Classes); {
	case info.Values != nil && t.Labels:
		return bad("has %s for each image, the loss of model %s compares with classes: use cross_entropy(soft), mse or another loss on values", count(len(info.Values), "value"), model)
	case info.Values != nil && (isMap || t.Channels != len(info.Values)):
		return bad("has %s for each image (%s), the output of model %s has %s", count(len(info.Values), "value"), list(info.Values), model, t.shape())
	case info.Values != nil:
		return nil
	case info.Masks && !isMap:
		return bad("has a label for each pixel, the output of model %s is a vector of %d: end it with a map of scores, such as conv(%d, 1x1)", model, t.Channels, n)
	case info.Masks && (t.Map[0] > image.H || t.Map[1] > image.W || 2*t.Map[0] <= image.H || 2*t.Map[1] <= image.W):
		return bad("has a label for each pixel, the output of model %s is %dx%d for images of %dx%d: expected the size of the image, less a border at most", model, t.Map[0], t.Map[1], image.H, image.W)
	case !info.Masks && isMap:
		return bad("has a label for each image, the output of model %s is a map of %dx%d: end it with gap or flatten, and dense(%d)", model, t.Map[0], t.Map[1], n)
	case n == t.Channels:
		return nil
	case n == 2 && t.Channels == 1 && t.Binary && !t.Labels:
		return nil
	default:
		return bad("has %d classes, model %s tells %d apart: set its number of classes to %d", n, model, t.Channels, n)
	}
}

// shape is the output's, in words.
func (t *Target) shape() string {
	if t.Map == [2]int{} {
		return fmt.Sprint(t.Channels)
	}
	return Shape{t.Channels, t.Map[0], t.Map[1]}.String()
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// labels writes the labels of an image's pixels: those of its middle, where
// the map is smaller.
func (w *worker) labels(dst []int32, place string) error {
	m := &w.image
	if len(m.Mask) != m.H*m.W {
		return fmt.Errorf("%s: %d labels, expected %d, one for each pixel", place, len(m.Mask), m.H*m.W)
	}
	rows, columns := m.H, m.W
	if t := w.cfg.Target.Map; t != [2]int{} {
		rows, columns = t[0], t[1]
	}
	top, left := (m.H-rows)/2, (m.W-columns)/2
	for y := range rows {
		for x, label := range m.Mask[(top+y)*m.W+left:][:columns] {
			if err := w.known(int(label), place); err != nil {
				return fmt.Errorf("%w (in row %d, column %d of the image as transformed)", err, top+y, left+x)
			}
			dst[y*columns+x] = int32(label)
		}
	}
	return nil
}

// known reports a label that is neither a class nor ignored.
func (w *worker) known(label int, place string) error {
	if label >= 0 && label < w.cfg.Classes || w.cfg.Target.ignores(label) {
		return nil
	}
	advice := ""
	if label == 255 && w.info.Masks {
		advice = "; if 255 means that nobody knows, write cross_entropy(ignore=255)"
	}
	return fmt.Errorf("%s: label is %d, expected 0 to %d%s", place, label, w.cfg.Classes-1, advice)
}
