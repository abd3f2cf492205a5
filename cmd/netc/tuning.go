package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/tune"
	"github.com/netc-lang/netc/runtime/checkpoint"
	"github.com/netc-lang/netc/runtime/train"
)

// tuneFlags are the flags that choose algorithms by measurement.
type tuneFlags struct {
	tune    string
	tuning  string
	seconds float64
}

func (fl *tuneFlags) register(f *pflag.FlagSet) {
	f.StringVar(&fl.tune, "tune", "", "measure which algorithm is fastest here for each convolution that `FILE` does not know yet, add that to it and use it")
	f.StringVar(&fl.tuning, "tuning", "", "choose algorithms by `FILE`, which --tune wrote, without measuring")
	f.Float64Var(&fl.seconds, "tune-seconds", 60, "how long --tune may measure, about; what is left then stays with the estimate")
}

func (fl *tuneFlags) check() error {
	switch {
	case fl.tune != "" && fl.tuning != "":
		return usagef("both --tune and --tuning are given").withHint("--tune measures what its file does not know, --tuning measures nothing: keep one of the two")
	case !(fl.seconds > 0 && fl.seconds <= 86400):
		return usagef("--tune-seconds is %g, expected more than 0 and at most 86400", fl.seconds)
	}
	return nil
}

// tuner chooses algorithms by a file; nil for estimates.
type tuner struct {
	*tune.Session
	*ir.Tuning
	path string
}

// options is what lowering gets.
func (t *tuner) options() *ir.Tuning {
	if t == nil {
		return nil
	}
	return t.Tuning
}

// record is what a run keeps of it.
func (t *tuner) record() train.Tuning {
	if t == nil {
		return train.Tuning{}
	}
	return train.Tuning{Digest: t.Digest, Text: t.File.Text()}
}

// tuner reads the file that the flags name, and prepares measuring where they
// ask for it.
func (s *session) tuner(ctx context.Context, fl tuneFlags, threads int) (*tuner, error) {
	if err := fl.check(); err != nil {
		return nil, err
	}
	switch {
	case fl.tuning != "":
		return s.openTuning(fl.tuning, threads)
	case fl.tune != "":
		return s.startTuning(ctx, fl, threads)
	}
	return nil, nil
}

// runTuner is the tuner of a run: where it is resumed, and no flag says
// otherwise, the one that it began with. Its choices hold on any machine then,
// as they decide the run's bits.
func (s *session) runTuner(ctx context.Context, fl trainFlags, threads int) (*tuner, error) {
	path := filepath.Join(fl.out, train.TuningFile)
	if !fl.resume || fl.tuning.tune != "" || fl.tuning.tuning != "" {
		return s.tuner(ctx, fl.tuning, threads)
	}
	f, err := tune.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return newTuner(path, f), nil
}

func newTuner(path string, f *tune.File) *tuner {
	t := &tuner{Session: tune.NewSession(f), path: path}
	t.Tuning = t.Session.Tuning()
	return t
}

// readTuning reads a file whose choices hold here.
func readTuning(path string) (*tune.File, error) {
	f, err := tune.Read(path)
	var trouble *fs.PathError
	if err == nil {
		if err = f.Usable(); err != nil {
			err = fmt.Errorf("%s: %w", path, err)
		}
	}
	if err != nil && !errors.As(err, &trouble) {
		return nil, usagef("%v", err)
	}
	return f, err
}

func (s *session) openTuning(path string, threads int) (*tuner, error) {
	f, err := readTuning(path)
	if err != nil {
		return nil, err
	}
	if elsewhere := differs(f, threads); elsewhere != "" {
		fmt.Fprintf(s.err, "netc: %s was measured %s; its choices may not be the fastest here\n", path, elsewhere)
	}
	return newTuner(path, f), nil
}

// differs says where a file was measured if that was not here.
func differs(f *tune.File, threads int) string {
	var list []string
	if m := tune.Machine(); f.Machine != m {
		list = append(list, fmt.Sprintf("on %s, not %s", f.Machine, m))
	}
	if f.Threads != threads {
		list = append(list, fmt.Sprintf("with %s, not %d", plural(f.Threads, "thread"), threads))
	}
	return strings.Join(list, " and ")
}

func (s *session) startTuning(ctx context.Context, fl tuneFlags, threads int) (*tuner, error) {
	f, err := readTuning(fl.tune)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f = tune.New(threads)
		if err := creatable(fl.tune); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, err
	default:
		if elsewhere := differs(f, threads); elsewhere != "" {
			return nil, usagef("%s was measured %s", fl.tune, elsewhere).withHint("measure into another file, or use this one as it is: --tuning %s", fl.tune)
		}
	}
	t := newTuner(fl.tune, f)
	t.Tuning.Measure = func(trial func() error) error {
		if err := trial(); err != nil {
			return err
		}
		err := s.measureInto(ctx, t, fl.seconds)
		t.Digest = f.Digest()
		return err
	}
	return t, nil
}

// creatable tries whether a file can be made, before there is something to lose.
func creatable(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".tune-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// measureInto answers the questions that the file does not, and writes it.
func (s *session) measureInto(ctx context.Context, t *tuner, seconds float64) error {
	questions := t.Unknown()
	if _, err := os.Stat(t.path); err == nil && len(questions) == 0 {
		return nil
	}
	live := isTerminal(s.err)
	if !live && len(questions) > 0 {
		fmt.Fprintf(s.err, "tuning: %s to measure, about %.0f s\n", plural(len(questions), "choice"), seconds)
	}
	r, err := tune.Measure(ctx, questions, tune.Limits{
		Threads: t.File.Threads, Bytes: available(os.ReadFile) / 2, Duration: time.Duration(seconds * float64(time.Second)),
		Progress: func(done, of int, e tune.Entry) {
			if live {
				fmt.Fprintf(s.err, "\r\x1b[Ktuning %d/%d: %s of %s: %s", done, of, e.Pass, e.Geometry, e.Choice)
			}
		},
	})
	if live {
		fmt.Fprint(s.err, "\r\x1b[K")
	}
	if err != nil {
		return err
	}
	t.File.Add(r.Entries...)
	err = checkpoint.Replace(t.path, func(w io.Writer) error {
		_, err := w.Write(t.File.Text())
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.err, "tuned: %d of %s differ from the estimate", r.Changed, plural(len(r.Entries), "choice"))
	if r.Estimated > 0 {
		fmt.Fprintf(s.err, "; these passes take %.1f%% less time", 100*(1-r.Chosen/r.Estimated))
	}
	if r.Left > 0 {
		fmt.Fprintf(s.err, "; %d were left for lack of time or memory, for another --tune", r.Left)
	}
	fmt.Fprintf(s.err, "; in %s\n", t.path)
	return nil
}

// unknown says what a file does not answer.
func (s *session) unknown(t *tuner) {
	if t == nil {
		return
	}
	if n := len(t.Unknown()); n > 0 {
		fmt.Fprintf(s.err, "netc: %s does not know %d of %s between algorithms: estimates make them\n",
			t.path, n, plural(len(t.Asked()), "choice"))
	}
}
