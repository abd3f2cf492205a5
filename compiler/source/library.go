package source

import (
	"embed"
	"io/fs"
	"strings"
	"sync"

	"github.com/netc-lang/netc/dsl"
)

// library is the files that come with netc, under std/.
//
//go:embed std/*.net
var library embed.FS

// IsLibrary reports whether an import's path is one of the library.
func IsLibrary(p string) bool { return strings.HasPrefix(p, "std/") }

// Library lists the files of the library as imports name them.
func Library() []string {
	paths, err := fs.Glob(library, "std/*.net")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	return paths
}

// LibraryFile parses a file of the library; nil when there is none of that name.
func LibraryFile(p string) *dsl.File {
	src, err := library.ReadFile(p)
	if err != nil {
		return nil
	}
	file, _ := dsl.Parse(p, src)
	return file
}

// LibraryOf finds the file of the library that declares a block, or returns "".
func LibraryOf(block string) string { return declaredIn()[block] }

// declaredIn is the files of the library by the blocks that they declare.
var declaredIn = sync.OnceValue(func() map[string]string {
	files := map[string]string{}
	for _, p := range Library() {
		for _, d := range LibraryFile(p).Decls {
			if b, ok := d.(*dsl.Block); ok && files[b.Name.Text] == "" {
				files[b.Name.Text] = p
			}
		}
	}
	return files
})
