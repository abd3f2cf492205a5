package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/netc-lang/netc/dsl"
)

// readText reads a .net file, of one too large the beginning, and its permissions.
func readText(path string) ([]byte, os.FileMode, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	src, err := io.ReadAll(io.LimitReader(f, dsl.MaxFileSize+1))
	info, statErr := f.Stat()
	if err := errors.Join(err, statErr, f.Close()); err != nil {
		return nil, 0, err
	}
	return src, info.Mode().Perm(), nil
}

// replaceText writes a file by way of another one beside it, so that a reader
// finds the old text or the new. Of a symbolic link the target is written.
func replaceText(path string, text []byte, mode os.FileMode) error {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(text)
	err = errors.Join(err, tmp.Chmod(mode), tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), target)
	}
	if err != nil {
		os.Remove(tmp.Name()) // the first error is the one to report
	}
	return err
}
