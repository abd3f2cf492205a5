package data

import (
	"context"
	"sync"
)

// Windows is pictures cut into windows of one size that cover them, as a
// dataset: what a model that labels pixels is shown of pictures of any size.
type Windows struct {
	tiles *tiles
	album *album

	mu     sync.Mutex
	invert bool
	whole  Image // picture number at, as it was decoded last
	at     int
}

// OpenWindows inspects the pictures at paths, to be cut into windows of so many
// rows and columns, in the middle of each of which inner rows and columns get
// labels. invert swaps light and dark.
func OpenWindows(ctx context.Context, paths []string, channels int, window, inner [2]int, invert bool) (*Windows, error) {
	files, err := survey(ctx, paths)
	if err != nil {
		return nil, err
	}
	a := &album{info: Info{Name: "images", Shape: Shape{C: channels}, Classes: []string{""}}, files: files}
	t := &tiles{of: a, info: a.info, window: window, inner: inner}
	t.info.Shape = Shape{channels, window[0], window[1]}
	for i, f := range files {
		t.cover(i, Shape{channels, f.H, f.W})
	}
	return &Windows{tiles: t, album: a, invert: invert, at: -1}, nil
}

// Info says the shape of the windows.
func (w *Windows) Info() Info { return w.tiles.info }

// Len is the number of windows of all pictures together, those of one after
// those of another.
func (w *Windows) Len() int { return len(w.tiles.places) }

func (w *Windows) place(i int) string { return w.album.place(w.tiles.places[i].image) }

// Sample cuts out window i.
func (w *Windows) Sample(i int, m *Image) (int, error) {
	p := w.tiles.places[i]
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.at != p.image {
		w.at = -1
		if err := w.album.picture(p.image, &w.whole); err != nil {
			return 0, err
		}
		if w.invert {
			for j, v := range w.whole.Pix {
				w.whole.Pix[j] = 255 - v
			}
		}
		w.at = p.image
	}
	m.Reset(w.whole.Shape)
	copy(m.Pix, w.whole.Pix)
	m.mirrored(p.y, p.x, w.tiles.window[0], w.tiles.window[1])
	return 0, nil
}

// Picture is the number of the picture that window i shows.
func (w *Windows) Picture(i int) int { return w.tiles.places[i].image }

// Size is the height and width of a picture.
func (w *Windows) Size(picture int) (height, width int) {
	f := w.album.files[picture]
	return f.H, f.W
}

// Put writes the labels of the inner part of window i to where they belong in
// the labels of its picture.
func (w *Windows) Put(whole []byte, i int, inner []byte) {
	p, size := w.tiles.places[i], w.tiles.inner
	f := w.album.files[p.image]
	top, left := p.y+(w.tiles.window[0]-size[0])/2, p.x+(w.tiles.window[1]-size[1])/2
	for y := p.y0; y < size[0] && top+y < f.H; y++ {
		for x := p.x0; x < size[1] && left+x < f.W; x++ {
			whole[(top+y)*f.W+left+x] = inner[y*size[1]+x]
		}
	}
}
