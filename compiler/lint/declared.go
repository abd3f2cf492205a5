package lint

import (
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// unusedBlock finds blocks that no model of the file contains, where there are
// models. Of those within one another it names the outermost.
func unusedBlock(r *run) {
	if r.Diags.HasErrors() {
		return // what is misspelt may be their use
	}
	blocks, calls, inside := map[string]*dsl.Block{}, map[string][]string{}, map[string]bool{}
	var todo []string
	models := false
	for _, d := range r.File.Decls {
		switch d := d.(type) {
		case *dsl.Model:
			models = true
			todo = append(todo, called(d)...)
		case *dsl.Block:
			blocks[d.Name.Text] = d
			calls[d.Name.Text] = called(d)
			for _, c := range calls[d.Name.Text] {
				inside[c] = true
			}
		}
	}
	if !models {
		return
	}
	used := map[string]bool{}
	for len(todo) > 0 {
		name := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if !used[name] {
			used[name] = true
			todo = append(todo, calls[name]...)
		}
	}
	for _, d := range r.File.Decls {
		if b, ok := d.(*dsl.Block); ok && !used[b.Name.Text] && !inside[b.Name.Text] {
			r.warn(b.Name.Span, "no model of this file contains the block `%s`", b.Name.Text).
				WithHelp("use it or remove it; blocks that other files import have a file of their own")
		}
	}
}

// called lists the layers and blocks that a declaration uses, by calling them or
// by giving their name to a parameter.
func called(d dsl.Node) (names []string) {
	word := func(x dsl.Expr) {
		if n, ok := x.(*dsl.Name); ok {
			names = append(names, n.Text)
		}
	}
	dsl.Walk(d, func(n dsl.Node) bool {
		switch x := n.(type) {
		case *dsl.Call:
			names = append(names, x.Name.Text)
		case *dsl.Arg:
			word(x.Value)
		case *dsl.Param:
			word(x.Default)
		}
		return true
	})
	return names
}

// unusedImport finds imports of which nothing is used.
func unusedImport(r *run) {
	if r.Diags.HasErrors() {
		return
	}
	used := map[string]bool{}
	for _, name := range called(r.File) {
		used[name] = true
	}
	for _, i := range r.Imports {
		if i.By == r.File && !declaresAny(i.File, used) {
			d := r.warn(i.At.Path.Span, "nothing of %s is used here", i.At.Path.Span.Text())
			d.WithFix("remove the import", r.outline.line(diag.Span{File: i.At.File, Start: i.At.Start, End: i.At.End}))
		}
	}
}

func declaresAny(f *dsl.File, used map[string]bool) bool {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *dsl.Model:
			if used[d.Name.Text] {
				return true
			}
		case *dsl.Block:
			if used[d.Name.Text] {
				return true
			}
		}
	}
	return false
}
