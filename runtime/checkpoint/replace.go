package checkpoint

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// system is what replacing a file asks of the operating system; tests put
// failures into it.
type system struct {
	create  func(path string) (handle, error) // truncates what is there
	rename  func(from, to string) error
	remove  func(path string) error
	syncDir func(dir string) error
}

// handle is a file being written.
type handle interface {
	io.WriteCloser
	Sync() error
}

var disk = system{
	create:  func(path string) (handle, error) { return os.Create(path) },
	rename:  os.Rename,
	remove:  os.Remove,
	syncDir: syncDir,
}

// Replace writes a file at path by way of a temporary one beside it: a reader
// finds the old content or the new, and the new one is on the disk when Replace
// returns. After an error, too, path holds the old content or the new.
func Replace(path string, write func(io.Writer) error) error {
	return disk.replace(path, "", write)
}

// replace keeps what was at path under the name previous, unless that is empty.
// An error or the end of the process between the two renames leaves the old
// content under that name alone.
func (sys system) replace(path, previous string, write func(io.Writer) error) error {
	tmp := path + ".tmp"
	if err := sys.writeSynced(tmp, write); err != nil {
		sys.remove(tmp) // the first error is the one to report
		return fmt.Errorf("writing %s: %w", tmp, err)
	}
	if previous != "" {
		if err := sys.rename(path, previous); err != nil && !errors.Is(err, fs.ErrNotExist) {
			sys.remove(tmp)
			return fmt.Errorf("keeping the old %s: %w", path, err)
		}
	}
	if err := sys.rename(tmp, path); err != nil {
		sys.remove(tmp)
		return fmt.Errorf("putting the new %s in place: %w", path, err)
	}
	if err := sys.syncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("after writing %s: %w", path, err)
	}
	return nil
}

// writeSynced returns when the content is on the disk.
func (sys system) writeSynced(path string, write func(io.Writer) error) error {
	f, err := sys.create(path)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		f.Close() // the first error is the one to report
		return err
	}
	if err := f.Sync(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
