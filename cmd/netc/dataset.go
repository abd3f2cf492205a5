package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/netc-lang/netc/compiler/check"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/train"
)

// open opens a data set for a model of so many channels, 0 where there is none,
// with a progress bar on a terminal while it is fetched.
func (s *session) open(ctx context.Context, spec string, channels int) (*data.Set, error) {
	options := data.Options{Channels: channels}
	if isTerminal(s.err) {
		var done func()
		options.Progress, done = s.bars(ctx)
		defer done()
	}
	set, err := data.Open(ctx, spec, options)
	if err != nil {
		return nil, err
	}
	for _, note := range set.Notes {
		fmt.Fprintf(s.err, "warning: data %s: %s\n", spec, note)
	}
	return set, nil
}

// bars shows the progress of files that are fetched, until done is called.
func (s *session) bars(ctx context.Context) (progress func(file string, done, total int64), done func()) {
	bars := mpb.NewWithContext(ctx, mpb.WithOutput(s.err))
	known := map[string]*mpb.Bar{}
	return func(file string, done, total int64) {
		bar := known[file]
		if bar == nil {
			bar = bars.AddBar(max(total, 0),
				mpb.PrependDecorators(decor.Name(file+" ")),
				mpb.AppendDecorators(decor.CountersKibiByte("% .1f / % .1f")))
			known[file] = bar
		}
		bar.SetCurrent(done)
	}, bars.Shutdown
}

// feed opens the data of a recipe and fits it to the model: to be trained on, or
// still, to be measured.
func (s *session) feed(ctx context.Context, r *check.Recipe, spec string, threads int, still bool) (*train.Set, error) {
	shape, err := input(r.Model)
	if err != nil {
		return nil, err
	}
	set, err := s.open(ctx, spec, shape.C)
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
	channels, rows, columns := extents(out.Value.Shape)
	crops := data.Crops(r.Run.Crops)
	if r.Stage != r.Stages[len(r.Stages)-1] {
		crops = data.CenterCrop // it is the last stage that is tested
	}
	workers := max(1, threads/2)
	return train.FromData(set, train.Feed{
		Model: r.Model.Graph.Name, Image: shape, Target: r.Run.Loss.Target(channels, rows, columns), Seed: r.Run.Seed, Transforms: r.Transforms, Crops: crops, Still: still,
		Workers: workers, Ahead: 2 * workers,
	})
}

// extents are the channels of an output, and its rows and columns where it is a
// map.
func extents(s ir.Shape) (channels, rows, columns int) {
	sizes, ok := s.Ints()
	switch {
	case !ok:
		return 0, 0, 0
	case s.IsMap():
		return sizes[0], sizes[1], sizes[2]
	}
	return sizes[0], 0, 0
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
func specBeside(file, spec string) string { return data.Beside(filepath.Dir(file), spec) }
