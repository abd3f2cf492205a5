package data

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// openPairs reads images and their masks from two folders, matched by name, or
// from two TIFF files, matched by page.
func openPairs(ctx context.Context, s spec, o Options) (*Set, error) {
	ratio, err := s.ratio()
	if err != nil {
		return nil, err
	}
	images, masks, notes, err := matched(ctx, s.paths[0], s.paths[1])
	if err != nil {
		return nil, err
	}
	for i, f := range images {
		if m := masks[i]; m.H != f.H || m.W != f.W {
			return nil, fmt.Errorf("%s: mask is %d×%d, expected %d×%d as %s is", m.name(), m.W, m.H, f.W, f.H, f.name())
		}
	}
	p := &pairs{album: album{info: Info{Name: s.paths[0], Masks: true}, files: images, labels: make([]int, len(images))}, masks: masks}
	if err := finish(ctx, o.Channels, &p.album); err != nil {
		return nil, err
	}
	if err := p.read(ctx); err != nil {
		return nil, err
	}
	set, err := ratio.set(p, make([]int, len(images)))
	if err != nil {
		return nil, err
	}
	set.Notes = notes
	return set, nil
}

// pairs is pictures with a mask each.
type pairs struct {
	album
	masks   []*pictureFile
	legend  *legend
	decoded [][]byte // labels of each mask; nil where they are decoded anew each time
}

func (p *pairs) sizeOf(i int) Shape {
	f := p.files[i]
	return Shape{p.info.Shape.C, f.H, f.W}
}

func (p *pairs) Sample(i int, m *Image) (int, error) {
	if err := p.picture(i, m); err != nil {
		return 0, err
	}
	m.ResetMask()
	if p.decoded != nil {
		copy(m.Mask, p.decoded[i])
		return 0, nil
	}
	raw, err := rawMask(p.masks[i])
	if err != nil {
		return 0, err
	}
	return 0, p.legend.translate(m.Mask, raw, p.masks[i])
}

// read decodes all masks, to learn what their values stand for, and keeps the
// labels where the images are kept.
func (p *pairs) read(ctx context.Context) error {
	found := make([]map[uint32]bool, len(p.masks))
	raws := make([][]uint32, len(p.masks))
	err := each(ctx, len(p.masks), func(i int) error {
		raw, err := rawMask(p.masks[i])
		if err != nil {
			return err
		}
		found[i] = map[uint32]bool{}
		for _, v := range raw {
			found[i][v] = true
			if len(found[i]) > maxClasses+1 {
				return fmt.Errorf("%s: more than %d values, expected a label for each pixel: 0 and 255, the numbers of classes, or a colour for each class",
					p.masks[i].name(), maxClasses)
			}
		}
		if p.pix != nil {
			raws[i] = raw
		}
		return nil
	})
	if err != nil {
		return err
	}
	if p.legend, err = newLegend(found, p.masks); err != nil {
		return err
	}
	p.info.Classes = p.legend.classes
	if p.pix == nil {
		return nil
	}
	p.decoded = make([][]byte, len(raws))
	for i, raw := range raws {
		p.decoded[i] = make([]byte, len(raw))
		if err := p.legend.translate(p.decoded[i], raw, p.masks[i]); err != nil {
			return err
		}
	}
	return nil
}

func (p *pairs) writeDigest(h hash.Hash) {
	p.album.writeDigest(h)
	for i, f := range p.masks {
		if p.decoded != nil {
			h.Write(p.decoded[i])
		} else {
			fmt.Fprintf(h, "%s %d", filepath.Base(f.path), f.page)
			h.Write(binary.LittleEndian.AppendUint64(nil, uint64(f.bytes)))
		}
	}
}

// matched lists images with the mask of each.
func matched(ctx context.Context, images, masks string) (a, b []*pictureFile, notes []string, err error) {
	kinds := [2]bool{}
	for i, path := range []string{images, masks} {
		st, err := os.Stat(path)
		if err != nil {
			return nil, nil, nil, err
		}
		kinds[i] = st.IsDir()
	}
	if kinds[0] != kinds[1] {
		return nil, nil, nil, fmt.Errorf("%s and %s: one is a folder and one a file, expected two folders, or two TIFF files with as many pages", images, masks)
	}
	if !kinds[0] {
		a, b, err = stacks(images, masks)
		return a, b, nil, err
	}
	imagePaths, maskPaths, notes, err := matchedPaths(images, masks)
	if err != nil {
		return nil, nil, nil, err
	}
	if a, err = survey(ctx, imagePaths); err != nil {
		return nil, nil, nil, err
	}
	if b, err = survey(ctx, maskPaths); err != nil {
		return nil, nil, nil, err
	}
	for _, f := range slices.Concat(a, b) {
		if f.pages > 1 {
			return nil, nil, nil, fmt.Errorf("%s: holds %d pages, expected one image: give two files of pages instead of folders", f.path, f.pages)
		}
	}
	return a, b, notes, nil
}

// stacks lists the pages of two TIFF files.
func stacks(images, masks string) (a, b []*pictureFile, err error) {
	for i, path := range []string{images, masks} {
		whole, err := inspect(path)
		if err != nil {
			return nil, nil, err
		}
		if whole.format != "tiff" {
			return nil, nil, fmt.Errorf("%s: a %s image, expected a folder, or a TIFF file of pages", path, whole.format)
		}
		text, err := readPictureFile(path)
		if err != nil {
			return nil, nil, err
		}
		all, err := pages(text)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", path, err)
		}
		for page := range all {
			f, err := inspectPage(whole, text, all, page)
			if err != nil {
				return nil, nil, err
			}
			if i == 0 {
				a = append(a, f)
			} else {
				b = append(b, f)
			}
		}
	}
	if len(a) != len(b) {
		return nil, nil, fmt.Errorf("%s has %d pages, %s %d: expected as many masks as images", images, len(a), masks, len(b))
	}
	return a, b, nil
}

// matchedPaths lists the pictures of two folders that have the same names, or
// names that differ in what all masks have at their ends, such as _mask.
func matchedPaths(images, masks string) (a, b []string, notes []string, err error) {
	named, others, err := byStem(images)
	if err != nil {
		return nil, nil, nil, err
	}
	masked, more, err := byStem(masks)
	if err != nil {
		return nil, nil, nil, err
	}
	if suffix := commonSuffix(masked); suffix != "" && !overlap(named, masked) {
		short := map[string]string{}
		for stem, path := range masked {
			short[strings.TrimSuffix(stem, suffix)] = path
		}
		if overlap(named, short) {
			masked = short
		}
	}
	var noMask, noImage []string
	for _, stem := range sortedNames(named) {
		mask, ok := masked[stem]
		if !ok {
			noMask = append(noMask, named[stem])
			continue
		}
		a, b = append(a, named[stem]), append(b, mask)
	}
	for _, stem := range sortedNames(masked) {
		if _, ok := named[stem]; !ok {
			noImage = append(noImage, masked[stem])
		}
	}
	var faults []error
	if len(noMask) > 0 {
		faults = append(faults, fmt.Errorf("%s in %s without a mask of the same name in %s: %s", count(len(noMask), "image"), images, masks, list(noMask)))
	}
	if len(noImage) > 0 {
		faults = append(faults, fmt.Errorf("%s in %s without an image of the same name in %s: %s", count(len(noImage), "mask"), masks, images, list(noImage)))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, nil, nil, err
	}
	if others = append(others, more...); len(others) > 0 {
		notes = []string{fmt.Sprintf("%s left out: %s", count(len(others), "other file"), list(others))}
	}
	return a, b, notes, nil
}

// byStem lists the pictures in a folder by their names without extension, and
// the files that are none.
func byStem(dir string) (stems map[string]string, others []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, err
	}
	stems = map[string]string{}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if hidden(e.Name()) {
			continue
		}
		st, err := os.Stat(path)
		if err != nil {
			return nil, nil, broken(path, err)
		}
		if st.IsDir() || !isPicture(e.Name()) {
			others = append(others, path)
			continue
		}
		stem := strings.TrimSuffix(e.Name(), filepath.Ext(e.Name()))
		if stems[stem] != "" {
			return nil, nil, fmt.Errorf("%s and %s have one name, expected one image of it", stems[stem], path)
		}
		stems[stem] = path
	}
	if len(stems) == 0 {
		return nil, nil, fmt.Errorf("%s: no images, expected %s: %w", dir, pictureKinds, fs.ErrNotExist)
	}
	return stems, others, nil
}

func sortedNames(m map[string]string) []string {
	var names []string
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// overlap reports whether there is a name in both.
func overlap(a, b map[string]string) bool {
	for name := range a {
		if _, ok := b[name]; ok {
			return true
		}
	}
	return false
}

// commonSuffix is what all names end in, from an underscore or a dash on.
func commonSuffix(m map[string]string) string {
	suffix, begun := "", false
	for name := range m {
		if !begun {
			suffix, begun = name, true
		}
		for !strings.HasSuffix(name, suffix) {
			suffix = suffix[1:]
		}
	}
	if i := strings.IndexAny(suffix, "_-"); i >= 0 {
		return suffix[i:]
	}
	return ""
}
