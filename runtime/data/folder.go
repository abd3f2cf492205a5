package data

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// openFolder reads pictures in folders: a folder for each class, within train
// and val or test, or alone and divided by the ratio.
func openFolder(ctx context.Context, arg spec, o Options) (*Set, error) {
	dir := arg.paths[0]
	f := folder{ctx: ctx, channels: o.Channels}
	parts, err := folderParts(dir)
	if err != nil {
		return nil, err
	}
	if len(parts) == 0 {
		return f.divided(dir, arg)
	}
	if arg.has("split") {
		return nil, fmt.Errorf("split=%s, but %s has parts of its own: leave it out", arg.options.Get("split"), dir)
	}
	set, err := f.parts(dir, parts)
	if err != nil {
		return nil, err
	}
	return o.split(set)
}

// The folders that are parts of a set, by the names people give them.
var partNames = [3][]string{{"train", "training"}, {"val", "valid", "validation"}, {"test", "testing"}}

// folderParts returns the folders of the parts that dir has, at their places;
// none where it has no folder for training.
func folderParts(dir string) (map[int]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	parts := map[int]string{}
	for _, e := range entries {
		for p, names := range partNames {
			if !slices.Contains(names, strings.ToLower(e.Name())) {
				continue
			}
			path := filepath.Join(dir, e.Name())
			if st, err := os.Stat(path); err != nil || !st.IsDir() {
				continue
			}
			if parts[p] != "" {
				return nil, fmt.Errorf("%s: both %s and %s, expected one of them", dir, filepath.Base(parts[p]), e.Name())
			}
			parts[p] = path
		}
	}
	if parts[0] == "" {
		return nil, nil
	}
	return parts, nil
}

// folder reads the folders of one data set.
type folder struct {
	ctx      context.Context
	channels int
	classes  []string
	other    []string // files that are not pictures
	gifs     []string // GIF files among pictures of other formats
}

// divided reads a folder of classes and divides it.
func (f *folder) divided(dir string, arg spec) (*Set, error) {
	ratio, err := arg.ratio()
	if err != nil {
		return nil, err
	}
	a, err := f.album(dir, true)
	if err != nil {
		return nil, err
	}
	if err := finish(f.ctx, f.channels, a); err != nil {
		return nil, err
	}
	set, err := ratio.set(a, a.labels)
	if err != nil {
		return nil, err
	}
	set.Notes = f.notes()
	return set, nil
}

// parts reads a folder for each part.
func (f *folder) parts(dir string, parts map[int]string) (*Set, error) {
	var set Set
	var albums []*album
	for p, into := range []*Dataset{&set.Train, &set.Val, &set.Test} {
		if parts[p] == "" {
			continue
		}
		a, err := f.album(parts[p], p == 0)
		if err != nil {
			return nil, err
		}
		if a != nil {
			albums = append(albums, a)
			*into = a
		}
	}
	set.Notes = f.notes()
	return &set, finish(f.ctx, f.channels, albums...)
}

// album reads the classes in dir. Those of training are the classes of all; a
// part other than training may lack some.
func (f *folder) album(dir string, training bool) (*album, error) {
	classes, files, err := f.list(dir)
	if err != nil {
		return nil, err
	}
	if training {
		f.classes = classes
	}
	var paths []string
	var labels []int
	for i, class := range classes {
		label := slices.Index(f.classes, class)
		if label < 0 {
			return nil, fmt.Errorf("%s: no class %s in the training part, whose classes are %s", dir, class, strings.Join(first(f.classes, 10), ", "))
		}
		for _, path := range files[i] {
			paths = append(paths, path)
			labels = append(labels, label)
		}
	}
	pictures, err := survey(f.ctx, paths)
	if err != nil {
		return nil, err
	}
	a := &album{info: Info{Name: dir, Classes: f.classes}}
	stray := f.strays(pictures)
	per := make([]int, len(f.classes))
	for i, p := range pictures {
		switch {
		case p.pages > 1:
			return nil, fmt.Errorf("%s: holds %d pages, expected one image", p.path, p.pages)
		case stray && p.format == "gif":
			f.gifs = append(f.gifs, p.path)
		default:
			a.files, a.labels = append(a.files, p), append(a.labels, labels[i])
			per[labels[i]]++
		}
	}
	for label, n := range per {
		if n == 0 && training {
			return nil, fmt.Errorf("%s: no images, expected %s for class %s: fill the folder or take it away", filepath.Join(dir, f.classes[label]), pictureKinds, f.classes[label])
		}
	}
	if len(a.files) == 0 {
		return nil, fmt.Errorf("%s: no images in its classes, expected %s", dir, pictureKinds)
	}
	return a, nil
}

// strays reports whether GIF files are not meant as samples: where most
// pictures have other formats they are placeholders and ornaments of the web
// pages that the pictures come from.
func (f *folder) strays(all []*pictureFile) bool {
	gifs := 0
	for _, p := range all {
		if p.format == "gif" {
			gifs++
		}
	}
	return 2*gifs < len(all)
}

// list returns the classes in dir, sorted, with the pictures of each, sorted.
func (f *folder) list(dir string) (classes []string, files [][]string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, err
	}
	pictures := 0
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if hidden(e.Name()) {
			continue
		}
		st, err := os.Stat(path) // through links
		if err != nil {
			return nil, nil, broken(path, err)
		}
		if !st.IsDir() {
			if isPicture(e.Name()) {
				pictures++
			}
			f.other = append(f.other, path)
			continue
		}
		inside, err := f.pictures(path)
		if err != nil {
			return nil, nil, err
		}
		classes, files = append(classes, e.Name()), append(files, inside)
	}
	if len(classes) == 0 {
		found := "no folders"
		if pictures > 0 {
			found = fmt.Sprintf("%d images", pictures)
		}
		return nil, nil, fmt.Errorf("%s: %s in it, expected a folder for each class with the images of that class", dir, found)
	}
	return classes, files, nil
}

// pictures lists the pictures in the folder of a class.
func (f *folder) pictures(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case hidden(e.Name()):
		case !isPicture(e.Name()):
			f.other = append(f.other, path)
		default:
			st, err := os.Stat(path)
			if err != nil {
				return nil, broken(path, err)
			}
			if st.IsDir() {
				f.other = append(f.other, path)
				continue
			}
			paths = append(paths, path)
		}
	}
	return paths, nil
}

// broken is the error of an entry of a folder that leads nowhere.
func broken(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: a link to nothing: mend it or take it away", path)
	}
	return err
}

// hidden reports whether a name is one of those that systems leave behind.
func hidden(name string) bool {
	return strings.HasPrefix(name, ".") || name == "Thumbs.db" || name == "desktop.ini" || name == "__MACOSX"
}

// notes says which files were left out.
func (f *folder) notes() []string {
	var notes []string
	if n := len(f.gifs); n > 0 {
		notes = append(notes, fmt.Sprintf("%s of another type than the rest left out: %s", count(n, "GIF file"), list(f.gifs)))
	}
	if n := len(f.other); n > 0 {
		notes = append(notes, fmt.Sprintf("%s left out: %s", count(n, "other file"), list(f.other)))
	}
	return notes
}

// list is names in a row, not too many.
func list(paths []string) string {
	const most = 5
	text := strings.Join(first(paths, most), ", ")
	if n := len(paths) - most; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}

func first(list []string, n int) []string { return list[:min(n, len(list))] }
