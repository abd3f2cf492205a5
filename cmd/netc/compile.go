package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/gogen"
)

// compileFlags are the flags of compile.
type compileFlags struct {
	out       string
	pkg       string
	mode      string
	recipe    string
	stage     string
	batch     int
	precision string // of training; the recipe's when empty
	set       []string
	verify    bool
	memory    memoryLimit
	tuning    tuneFlags
	threads   int
}

func compileCommand(s *session) *cobra.Command {
	var fl compileFlags
	cmd := &cobra.Command{
		Use:   "compile FILE",
		Short: "Write Go source specialised to one network",
		Long: `compile writes a Go file with a type named after the model, which imports the
standard library and netc's runtime only. The file is <base>_net.go, or
<base>_<model>_net.go where FILE has several models; without -o it is written
beside FILE.

The package is --package; else $GOPACKAGE under go generate; else that of the Go
files in the folder; else one named after FILE. Training needs a recipe: without
--mode a model with a recipe is compiled for both, others for inference.

Step trains by the recipe's last stage, or by --stage; a program that trains in
stages compiles a type for each and hands the weights on.

With --tune or --tuning the file says which tuning it was made with, by digest;
--verify needs the same --tuning.

In a Go package, write:  //go:generate netc compile lenet.net`,
		Example: `  netc compile lenet.net
  netc compile lenet.net -o internal/lenet --mode infer --batch 1
  netc compile lenet.net --verify
  netc compile resnet.net --tune resnet.tune --memory-limit 1Gi`,
		Args: needFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.interruptible(cmd.Context(), func(ctx context.Context) error { return s.compile(ctx, parseSource(args[0]), fl) })
		},
	}
	cmd.Flags().StringVarP(&fl.out, "output", "o", "", "`folder` to write to; made if missing")
	cmd.Flags().StringVar(&fl.pkg, "package", "", "`name` of the package")
	cmd.Flags().StringVar(&fl.mode, "mode", "", "train, infer or both")
	cmd.Flags().StringVar(&fl.recipe, "recipe", "", "the recipe whose loss, optimizer and batch to compile")
	cmd.Flags().StringVar(&fl.stage, "stage", "", "the stage of the recipe that Step trains by; the last if not given")
	cmd.Flags().IntVar(&fl.batch, "batch", 0, "images in a batch; the recipe's, or 1 without one")
	cmd.Flags().StringArrayVar(&fl.set, "set", nil, "set a parameter of the model: `name=value`; repeatable")
	fl.memory.register(cmd.Flags())
	fl.tuning.register(cmd.Flags())
	cmd.Flags().IntVar(&fl.threads, "threads", 0, "worker threads with which --tune measures; 0: one a CPU")
	cmd.Flags().BoolVar(&fl.verify, "verify", false, "write nothing; fail if the file is not what compile would write")
	return cmd
}

func (s *session) compile(ctx context.Context, src source, fl compileFlags) error {
	if fl.mode != "" {
		if err := oneOf("mode", fl.mode, "train", "infer", "both"); err != nil {
			return err
		}
	}
	if err := atLeast("batch", fl.batch, 0); err != nil {
		return err
	}
	if err := threadsAllowed(fl.threads); err != nil {
		return err
	}
	if fl.verify && fl.tuning.tune != "" {
		return usagef("--verify with --tune would measure anew").withHint("give the file that it was compiled with: --tuning %s", fl.tuning.tune)
	}
	f, set, err := src.load(fl.set)
	if err != nil {
		return err
	}
	text, path, err := s.generate(ctx, f, src, set, fl)
	if err != nil {
		return err
	}
	if fl.verify {
		return verify(path, text, src)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	if err := os.WriteFile(path, text, 0o666); err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, path)
	return err
}

// generate returns the source and where it belongs.
func (s *session) generate(ctx context.Context, f *compiler.File, src source, set map[string]string, fl compileFlags) (text []byte, path string, err error) {
	name, err := src.one(f)
	if err != nil {
		if e := s.diagnostics(f.Check()); e != nil {
			return nil, "", e
		}
		return nil, "", err
	}
	dir := fl.out
	if dir == "" {
		dir = filepath.Dir(src.path)
	}
	base := src.base()
	if len(f.Models()) > 1 {
		base += "_" + strings.ToLower(name)
	}
	path = filepath.Join(dir, base+"_net.go")
	if fl.pkg != "" && !token.IsIdentifier(fl.pkg) {
		return nil, "", usagef("--package is %q, expected a Go identifier", fl.pkg)
	}
	g := gogen.Options{Version: release, Source: filepath.Base(src.path), Package: fl.pkg, Qualify: len(f.Models()) > 1}
	if g.Package == "" {
		if g.Package, err = packageOf(dir, path, src); err != nil {
			return nil, "", err
		}
	}
	p, err := s.program(ctx, f, source{src.path, name}, set, fl)
	if err != nil {
		return nil, "", err
	}
	g.Mode = p.mode
	text, err = gogen.Generate(p.Program, g)
	return text, path, err
}

// packageOf is the package that a file in dir belongs to.
func packageOf(dir, path string, src source) (string, error) {
	if name := os.Getenv("GOPACKAGE"); name != "" && sameDir(dir, ".") {
		return name, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	for _, e := range entries {
		file := filepath.Join(dir, e.Name())
		if e.IsDir() || filepath.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") || file == path {
			continue
		}
		ast, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.PackageClauseOnly)
		if err != nil {
			return "", fmt.Errorf("finding the package of %s: %w", dir, err)
		}
		return ast.Name.Name, nil
	}
	name := strings.Map(func(c rune) rune {
		if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' {
			return c
		}
		return -1
	}, strings.ToLower(src.base()))
	if !token.IsIdentifier(name) {
		return "", usagef("no package name follows from %s", src.path).withHint("give one with --package")
	}
	return name, nil
}

func sameDir(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// verify compares what is at path with what would be written.
func verify(path string, text []byte, src source) error {
	have, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s does not exist: run netc compile %s", path, src.path)
	}
	if err != nil {
		return err
	}
	if !bytes.Equal(have, text) {
		return fmt.Errorf("%s is stale: run netc compile %s", path, src.path)
	}
	return nil
}
