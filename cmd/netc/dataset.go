package main

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/netc-lang/netc/compiler/check"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/train"
)

// open opens a data set, with a progress bar on a terminal while it is fetched.
func (s *session) open(ctx context.Context, spec string) (*data.Set, error) {
	if !isTerminal(s.err) {
		return data.Open(ctx, spec, data.Options{})
	}
	bars := mpb.NewWithContext(ctx, mpb.WithOutput(s.err))
	defer bars.Shutdown()
	known := map[string]*mpb.Bar{}
	return data.Open(ctx, spec, data.Options{Progress: func(file string, done, total int64) {
		bar := known[file]
		if bar == nil {
			bar = bars.AddBar(max(total, 0),
				mpb.PrependDecorators(decor.Name(file+" ")),
				mpb.AppendDecorators(decor.CountersKibiByte("% .1f / % .1f")))
			known[file] = bar
		}
		bar.SetCurrent(done)
	}})
}

// feed opens the data of a recipe and fits it to the model: to be trained on, or
// still, to be measured.
func (s *session) feed(ctx context.Context, r *check.Recipe, spec string, threads int, still bool) (*train.Set, error) {
	set, err := s.open(ctx, spec)
	if err != nil {
		return nil, err
	}
	return feedFrom(set, r, threads, still)
}

// feedFrom fits data to the model of a recipe.
func feedFrom(set *data.Set, r *check.Recipe, threads int, still bool) (*train.Set, error) {
	shape, err := input(r.Model)
	if err != nil {
		return nil, err
	}
	out, err := output(r.Model, r.Run.Loss.Output)
	if err != nil {
		return nil, err
	}
	classes, _ := out.Value.Shape.Channels().Known()
	workers := max(1, threads/2)
	return train.FromData(set, train.Feed{
		Model: r.Model.Graph.Name, Image: shape, Classes: classes, Seed: r.Run.Seed, Transforms: r.Transforms, Still: still,
		Workers: workers, Ahead: 2 * workers,
	})
}

// beside is a path that a file names: relative to that file.
func beside(file, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(file), path)
}

// specBeside is the data that a recipe of a file names: its folders are
// relative to the file.
func specBeside(file, spec string) string {
	name, dir, ok := strings.Cut(spec, ":")
	if !ok || filepath.IsAbs(dir) {
		return spec
	}
	return name + ":" + filepath.Join(filepath.Dir(file), dir)
}
