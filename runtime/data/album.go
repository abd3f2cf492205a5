package data

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
)

// keepBytes is how many bytes of decoded images a data set may keep in memory.
// Larger ones are decoded anew each time, by the workers of the loader.
const keepBytes = 1 << 29

// album is pictures in files, each with a label.
type album struct {
	info   Info
	files  []*pictureFile
	labels []int
	pix    [][]byte // of each file; nil where they are decoded anew each time
}

func (a *album) Info() Info         { return a.info }
func (a *album) Len() int           { return len(a.files) }
func (a *album) place(i int) string { return a.files[i].name() }

func (a *album) Sample(i int, m *Image) (int, error) {
	return a.labels[i], a.picture(i, m)
}

// picture decodes picture i into m, or copies it.
func (a *album) picture(i int, m *Image) error {
	f := a.files[i]
	if a.pix != nil {
		m.Reset(Shape{a.info.Shape.C, f.H, f.W})
		copy(m.Pix, a.pix[i])
		return nil
	}
	return f.into(m, a.info.Shape.C)
}

// into decodes the picture into m.
func (f *pictureFile) into(m *Image, channels int) error {
	img, err := f.decode()
	if err != nil {
		return err
	}
	if b := img.Bounds(); b.Dy() != f.H || b.Dx() != f.W {
		return fmt.Errorf("%s: is now %d×%d, was %d×%d when the data was opened", f.name(), b.Dx(), b.Dy(), f.W, f.H)
	}
	return m.take(img, channels)
}

// finish completes the albums of one data set: the shape of their images, with
// so many channels (0: 3 where any image is in colour, else 1), and their
// pixels, where all of them together are few.
func finish(ctx context.Context, channels int, albums ...*album) error {
	total := int64(0)
	if channels != 0 && channels != 1 && channels != 3 {
		return fmt.Errorf("the model takes %d channels, pictures have 1 or 3", channels)
	}
	if channels == 0 {
		channels = 1
		for _, a := range albums {
			for _, f := range a.files {
				if !f.grey {
					channels = 3
				}
			}
		}
	}
	for _, a := range albums {
		a.info.Shape = shapeOf(channels, a.files)
		for _, f := range a.files {
			total += int64(channels * f.H * f.W)
		}
	}
	if total > keepBytes {
		return nil
	}
	for _, a := range albums {
		a.pix = make([][]byte, len(a.files))
		err := each(ctx, len(a.files), func(i int) error {
			var m Image
			if err := a.files[i].into(&m, channels); err != nil {
				return err
			}
			a.pix[i] = m.Pix
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// shapeOf is the shape that pictures have in common.
func shapeOf(channels int, files []*pictureFile) Shape {
	s := Shape{C: channels, H: files[0].H, W: files[0].W}
	for _, f := range files {
		if f.H != s.H || f.W != s.W {
			return Shape{C: channels}
		}
	}
	return s
}

// survey inspects the files at paths.
func survey(ctx context.Context, paths []string) ([]*pictureFile, error) {
	files := make([]*pictureFile, len(paths))
	err := each(ctx, len(paths), func(i int) (err error) {
		files[i], err = inspect(paths[i])
		return err
	})
	return files, err
}

// each calls f for 0 to n-1 on all CPUs. It returns the error of the smallest
// number that has one, and asks for no more numbers after an error.
func each(ctx context.Context, n int, f func(i int) error) error {
	var next, failed atomic.Int64
	failed.Store(int64(n))
	errs := make([]error, n)
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for {
				i := next.Add(1) - 1
				if i >= failed.Load() || ctx.Err() != nil {
					return
				}
				if errs[i] = f(int(i)); errs[i] != nil {
					for least := failed.Load(); i < least && !failed.CompareAndSwap(least, i); {
						least = failed.Load()
					}
				}
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if i := failed.Load(); i < int64(n) {
		return errs[i]
	}
	return nil
}

// writeDigest feeds h the pixels and labels, or, where pixels are not in memory,
// the names, sizes and labels of the files: to read them all would take as long
// as an epoch.
func (a *album) writeDigest(h hash.Hash) {
	for i, f := range a.files {
		if a.pix != nil {
			h.Write(a.pix[i])
		} else {
			fmt.Fprintf(h, "%s %d\n", filepath.Base(f.path), f.bytes)
		}
		for _, n := range []int{f.H, f.W, f.page, a.labels[i]} {
			h.Write(binary.LittleEndian.AppendUint64(nil, uint64(n)))
		}
	}
}
