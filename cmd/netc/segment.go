package main

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/check"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/data"
)

// segment labels the pixels of images.
func (s *session) segment(ctx context.Context, model *check.Model, transforms []data.Transform, out ir.Output, images []string, fl predictFlags) error {
	shape, err := input(model)
	if err != nil {
		return err
	}
	channels, rows, columns := extents(out.Value.Shape)
	if rows > shape.H || columns > shape.W || 2*rows <= shape.H || 2*columns <= shape.W {
		return usagef("output %s of model %s is %dx%d for images of %dx%d, expected their size, less a border at most",
			out.Name, model.Graph.Name, rows, columns, shape.H, shape.W)
	}
	if channels > 256 {
		return usagef("output %s of model %s tells %d classes apart, the pixels of a mask at most 256", out.Name, model.Graph.Name, channels)
	}
	masks, err := maskPaths(images, fl.out)
	if err != nil {
		return err
	}
	windows, err := data.OpenWindows(ctx, images, shape.C, [2]int{shape.H, shape.W}, [2]int{rows, columns}, fl.invert)
	if err != nil {
		return err
	}
	loader, err := data.NewLoader(windows, data.Config{Batch: 1, Workers: 1, Ahead: 2, Transforms: transforms, Shape: shape})
	if err != nil {
		return err
	}
	defer loader.Close()
	p, err := lower(model, compiler.Options{Batch: 1}, 0)
	if err != nil {
		return err
	}
	m, err := bindTrained(p, fl.threads, fl.weights)
	if err != nil {
		return err
	}
	defer m.close()
	if fl.out != "" {
		if err := os.MkdirAll(fl.out, 0o777); err != nil {
			return err
		}
	}
	names := classNames(fl.weights, max(channels, 2))
	labels, inner := []byte(nil), make([]byte, rows*columns)
	for i := range windows.Len() {
		batch, err := loader.Next(ctx)
		if err != nil {
			return err
		}
		copy(m.Infer.Input(m.model.Image).F32, batch.Images)
		loader.Release(batch)
		m.Infer.Run()
		at := windows.Picture(i)
		h, w := windows.Size(at)
		if i == 0 || windows.Picture(i-1) != at {
			labels = make([]byte, h*w)
		}
		likeliest(inner, m.Infer.Output(out.Name).F32)
		windows.Put(labels, i, inner)
		if i+1 < windows.Len() && windows.Picture(i+1) == at {
			continue
		}
		s.printShares(images[at], labels, names, fl.top)
		if fl.out != "" {
			if err := writeMask(masks[at], labels, h, w, len(names)); err != nil {
				return err
			}
		}
	}
	return nil
}

// maskPaths are the files for the masks of images: in the folder, named as the
// images are. No two masks may share a file, and none may replace an image.
func maskPaths(images []string, dir string) ([]string, error) {
	if dir == "" {
		return nil, nil
	}
	from := map[string]string{}
	paths := make([]string, len(images))
	for i, path := range images {
		name := filepath.Base(path)
		paths[i] = filepath.Join(dir, strings.TrimSuffix(name, filepath.Ext(name))+".png")
		if other, twice := from[paths[i]]; twice {
			return nil, usagef("the masks of %s and %s would both be %s", other, path, paths[i]).withHint("give them in two calls, with two folders")
		}
		from[paths[i]] = path
	}
	for _, path := range images {
		image, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		for _, mask := range paths {
			if other, err := os.Stat(mask); err == nil && os.SameFile(image, other) {
				return nil, usagef("the mask %s would replace an image", mask).withHint("give --out another folder")
			}
		}
	}
	return paths, nil
}

// likeliest writes the class of each pixel: that of the largest score, or class
// 1 where a single logit is above 0.
func likeliest(labels []byte, scores []float32) {
	k := len(scores) / len(labels)
	for i := range labels {
		if k == 1 {
			labels[i] = 0
			if scores[i] > 0 {
				labels[i] = 1
			}
			continue
		}
		row, best := scores[i*k:(i+1)*k], 0
		for j, v := range row {
			if v > row[best] {
				best = j
			}
		}
		labels[i] = byte(best)
	}
}

// printShares prints which shares of an image the classes have, the largest
// first.
func (s *session) printShares(path string, labels []byte, names []string, top int) {
	shares := make([]float64, len(names))
	for _, label := range labels {
		shares[label] += 1 / float64(len(labels))
	}
	s.printLabels(path, shares, names, top)
}

// writeMask writes labels as a PNG whose palette index is the label, or that is
// black and white for two classes.
func writeMask(path string, labels []byte, h, w, classes int) error {
	bounds := image.Rect(0, 0, w, h)
	var mask image.Image = &image.Paletted{Pix: labels, Stride: w, Rect: bounds, Palette: data.Palette(classes)}
	if classes <= 2 {
		grey := image.NewGray(bounds)
		for i, label := range labels {
			grey.Pix[i] = 255 * label
		}
		mask = grey
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := png.Encode(f, mask); err != nil {
		f.Close()
		return fmt.Errorf("%s: %w", path, err)
	}
	return f.Close()
}
