// Package source finds the files that a file is made of: itself, and what it
// imports.
//
// Input: a file's path and text; files below its project's root, and netc's own
// library under std/. Output: parsed files, which of them imports which, and
// diagnostics where an import fails.
//
// Invariants: nothing outside the root is opened, by `..`, an absolute path or a
// symbolic link; each file is read and parsed once; how many there are, how deep
// and how large is bounded; files without imports cause no reading.
package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// Bounds on what one file may import, by itself and by way of others.
const (
	maxFiles    = 256
	maxDepth    = 32
	maxBytes    = 16 << 20
	maxMistakes = 100
)

// Import is one import of one file by another.
type Import struct {
	By   *dsl.File   // the file that holds the statement
	At   *dsl.Import // the statement
	File *dsl.File   // what it names
}

// Load reads a file and all that it imports. It fails when the file itself
// cannot be read; what is wrong with the others is said by the diagnostics.
func Load(name string) (*dsl.File, []Import, diag.List, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, nil, nil, err
	}
	pipe, flag := info.Mode()&fs.ModeNamedPipe != 0, os.O_RDONLY
	if pipe {
		flag |= syscall.O_NONBLOCK // opening a pipe waits for its writer, who may never come
	}
	f, err := os.OpenFile(name, flag, 0)
	if err != nil {
		return nil, nil, nil, err
	}
	defer f.Close()
	src, err := read(f)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	if pipe && len(src) == 0 {
		return nil, nil, nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("is a pipe to which nothing is written, expected a .net file")}
	}
	file, imports, diags := Parse(name, src)
	return file, imports, diags, nil
}

// Parse parses the text of a file that lies, or would lie, at a path, and what
// it imports.
func Parse(name string, src []byte) (*dsl.File, []Import, diag.List) {
	file, diags := dsl.Parse(name, src)
	if len(file.Imports) == 0 {
		return file, nil, diags
	}
	folder, inside := rootOf(name)
	root, err := os.OpenRoot(folder)
	if err != nil {
		diags.Add(diag.Errorf(diag.ImportFailed, file.Imports[0].Span, "cannot look for imports in %s: %v", folder, err))
		return file, nil, diags
	}
	defer root.Close()
	imports, more := Resolve(root.FS(), inside, file)
	diags.Add(more...)
	diags.Tidy()
	return file, imports, diags
}

// rootOf finds the root of the project that a file belongs to: the nearest
// folder above it with a go.mod, a .git or a netc.root, or else its own folder.
// inside is the file's path from there.
func rootOf(name string) (folder, inside string) {
	own, err := filepath.Abs(filepath.Dir(name))
	if err != nil {
		own = filepath.Dir(name)
	}
	for folder = own; ; folder = filepath.Dir(folder) {
		for _, mark := range []string{"go.mod", ".git", "netc.root"} {
			if _, err := os.Stat(filepath.Join(folder, mark)); err == nil {
				rel, err := filepath.Rel(folder, own)
				if err != nil {
					return own, filepath.Base(name)
				}
				return folder, path.Join(filepath.ToSlash(rel), filepath.Base(name))
			}
		}
		if folder == filepath.Dir(folder) {
			return own, filepath.Base(name)
		}
	}
}

// Resolve finds what a parsed file imports among the files of a tree, in which
// it has the path inside.
func Resolve(tree fs.FS, inside string, file *dsl.File) ([]Import, diag.List) {
	r := &resolver{tree: tree, files: map[string]*dsl.File{inside: file}, bytes: len(file.Source.Text)}
	r.follow(inside, file)
	return r.imports, r.diags
}

// resolver follows imports depth first.
type resolver struct {
	tree    fs.FS
	files   map[string]*dsl.File // by path in the tree, or std/…; nil for one that cannot be read
	open    []string             // the files being followed, outermost first
	bytes   int
	imports []Import
	done    bool // a bound was passed and reported: nothing more is read
	diags   diag.List
}

func (r *resolver) errorf(code diag.Code, x *dsl.Import, format string, args ...any) *diag.Diagnostic {
	d := diag.Errorf(code, x.Path.Span, format, args...)
	r.diags.Add(d)
	return d
}

func (r *resolver) follow(inside string, file *dsl.File) {
	r.open = append(r.open, inside)
	for _, x := range file.Imports {
		if x.Path == nil {
			continue
		}
		if len(r.diags) >= maxMistakes {
			if !r.done {
				r.errorf(diag.TooManyMistakes, x, "more than %d mistakes in imports; the rest is not looked at", maxMistakes)
			}
			r.done = true
			break
		}
		target, ok := r.target(inside, x)
		if !ok {
			continue
		}
		if i := slices.Index(r.open, target); i >= 0 {
			d := r.errorf(diag.ImportCircle, x, "`%s` imports itself", shown(file, x.Path.Value))
			if way := append(slices.Clone(r.open[i:]), target); len(way) > 2 {
				d.WithNote("%s", strings.Join(way, " imports "))
			}
			d.WithHelp("move what both need to a file of its own")
			if i == len(r.open)-1 {
				d.WithHelp("remove the import")
			}
			continue
		}
		imported, known := r.files[target]
		if !known {
			imported = r.read(target, file, x)
			r.files[target] = imported
			if imported != nil {
				r.follow(target, imported)
			}
		}
		if imported != nil {
			r.imports = append(r.imports, Import{By: file, At: x, File: imported})
		}
	}
	r.open = r.open[:len(r.open)-1]
}

// target is the path that an import means, or false after reporting that it
// means none.
func (r *resolver) target(inside string, x *dsl.Import) (string, bool) {
	p := x.Path.Value
	bad := func(format string, args ...any) (string, bool) {
		r.errorf(diag.ImportPath, x, format, args...).
			WithHelp("write a path from this file's folder, such as \"blocks/resnet.net\", or one of the library, such as \"std/resnet.net\"")
		return "", false
	}
	switch {
	case p == "":
		return bad("the import names no file")
	case path.Ext(p) != ".net":
		return bad("`%s` is no .net file", p)
	case strings.ContainsAny(p, "\\:") || path.IsAbs(p):
		return bad("`%s` is no path from this file's folder with `/` between its parts", p)
	case IsLibrary(p):
		return path.Clean(p), true
	}
	if IsLibrary(inside) {
		return bad("`%s` is not of the library", p)
	}
	target := path.Join(path.Dir(inside), p)
	if target == ".." || strings.HasPrefix(target, "../") {
		return bad("`%s` lies outside of the project", p)
	}
	return target, true
}

// read reads and parses one file, or reports why it cannot.
func (r *resolver) read(target string, by *dsl.File, x *dsl.Import) *dsl.File {
	switch {
	case r.done:
		return nil
	case len(r.files) >= maxFiles:
		r.done = true
		r.errorf(diag.ImportTooMuch, x, "more than %d files are imported; the rest is not read", maxFiles).
			WithHelp("put the blocks of several files together in one")
		return nil
	case len(r.open) > maxDepth:
		r.errorf(diag.ImportTooMuch, x, "files import one another more than %d deep", maxDepth).
			WithHelp("import what is needed from where it is declared")
		return nil
	}
	src, name, err := r.text(target, shown(by, x.Path.Value))
	if err != nil {
		d := r.errorf(diag.ImportFailed, x, "cannot import `%s`: %v", x.Path.Value, reason(err))
		if near, ok := diag.Nearest(target, Library()); ok && IsLibrary(target) {
			d.WithHelp("did you mean \""+near+"\"?", diag.Edit{Span: x.Path.Span, NewText: `"` + near + `"`})
		} else if IsLibrary(target) {
			d.WithHelp("the library has " + strings.Join(Library(), ", "))
		} else {
			d.WithHelp("the path is taken from the folder of this file")
		}
		return nil
	}
	if r.bytes += len(src); r.bytes > maxBytes {
		r.done = true
		r.errorf(diag.ImportTooMuch, x, "the imported files have more than %d bytes together; the rest is not read", maxBytes).
			WithHelp("import smaller files")
		return nil
	}
	file, diags := dsl.Parse(name, src)
	r.diags.Add(diags...)
	return file
}

// text returns the bytes of a file and the name that diagnostics show for it.
func (r *resolver) text(target, name string) ([]byte, string, error) {
	tree := r.tree
	if IsLibrary(target) {
		tree, name = library, target
	}
	f, err := tree.Open(target)
	if err != nil {
		return nil, name, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, name, errors.New("it is a folder")
	}
	src, err := read(f)
	return src, name, err
}

// read reads at most one byte more than the parser takes, which is enough for it
// to refuse the rest.
func read(f io.Reader) ([]byte, error) {
	return io.ReadAll(io.LimitReader(f, dsl.MaxFileSize+1))
}

// shown is the name of an imported file as seen from where the user is.
func shown(by *dsl.File, p string) string {
	return filepath.Join(filepath.Dir(by.Source.Name), filepath.FromSlash(p))
}

// reason is an error of the file system without the path, which is told anyway.
func reason(err error) string {
	if e, ok := err.(*fs.PathError); ok {
		err = e.Err
	}
	if err == fs.ErrNotExist || os.IsNotExist(err) {
		return "there is no such file"
	}
	return err.Error()
}
