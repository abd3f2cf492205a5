package weights

import (
	"strings"

	"github.com/netc-lang/netc/runtime/plan"
)

// Rename gives the tensors of a file that was written before names changed those
// that they have now. The renamings are done in order, each on what the ones
// before it left. A tensor keeps its name where the file has one of the new name
// already.
func (f *File) Rename(list []plan.Rename) {
	for _, r := range list {
		for i := range f.Tensors {
			t := &f.Tensors[i]
			rest, ok := strings.CutPrefix(t.Name, r.Old)
			if !ok || !strings.HasPrefix(rest, ".") && !strings.HasPrefix(rest, "[") {
				continue
			}
			name := r.New + rest
			if f.Lookup(name) != nil {
				continue
			}
			delete(f.index, t.Name)
			f.index[name] = i
			t.Name = name
		}
	}
}
