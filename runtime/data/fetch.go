package data

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"time"
)

const (
	connectTimeout = 5 * time.Second  // to connect, and for the TLS handshake
	stallTimeout   = 30 * time.Second // without a byte arriving
)

func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: connectTimeout}).DialContext,
		TLSHandshakeTimeout:   connectTimeout,
		ResponseHeaderTimeout: stallTimeout,
		DisableCompression:    true, // what arrives is counted as it is sent
	}}
}

// download fetches files from the mirrors into the cache. A mirror that fails
// once is not asked again. It returns the files it did not get, and why.
func (a *acquisition) download(ctx context.Context, files []remoteFile) (missing []remoteFile, errs []error) {
	for _, mirror := range a.mirrors {
		for len(files) > 0 {
			if err := a.downloadOne(ctx, mirror+files[0].name+".gz", files[0]); err != nil {
				errs = append(errs, err)
				break
			}
			files = files[1:]
		}
	}
	return files, errs
}

// downloadOne fetches one gzip'd file and stores its content.
func (a *acquisition) downloadOne(ctx context.Context, url string, f remoteFile) error {
	// A gzip file is at most a little larger than its content.
	limit := f.size + f.size/1000 + 1<<10
	return a.fetch(ctx, url, f.name, limit, func(content io.Reader) error { return a.store(f, content) })
}

// downloadArchive fetches a gzip'd tar and stores the files in it.
func (a *acquisition) downloadArchive(ctx context.Context, url string, files []remoteFile) error {
	limit := int64(1 << 20) // the tar's own bytes, and files that are not wanted
	for _, f := range a.files {
		limit += f.size + f.size/1000 + 1<<10
	}
	return a.fetch(ctx, url, path.Base(url), limit, func(content io.Reader) error {
		return a.unpack(path.Base(url), content, files)
	})
}

// fetch hands the decompressed content of what is at url to store. It reads no
// more than limit bytes.
func (a *acquisition) fetch(ctx context.Context, url, name string, limit int64, store func(content io.Reader) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := a.client.Do(req)
	if err != nil {
		return err // names the method and the address
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: answered %s, expected 200 OK", url, resp.Status)
	}
	if resp.ContentLength > limit {
		return fmt.Errorf("%s: %d bytes, expected at most %d", url, resp.ContentLength, limit)
	}
	body := &watchedReader{
		r:     io.LimitReader(resp.Body, limit),
		stall: a.stall,
		timer: time.AfterFunc(a.stall, func() { cancel(fmt.Errorf("nothing arrived for %v", a.stall)) }),
		report: func(done int64) {
			if a.progress != nil {
				a.progress(name, done, resp.ContentLength)
			}
		},
	}
	defer body.timer.Stop()
	body.report(0)
	gz, err := gzip.NewReader(bufio.NewReader(body))
	if err == nil {
		err = store(gz)
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if err != nil {
		return fmt.Errorf("%s: after %d bytes: %w", url, body.done, err)
	}
	return nil
}

// watchedReader reports what arrives and puts off a timer that ends the wait.
type watchedReader struct {
	r      io.Reader
	done   int64
	stall  time.Duration
	timer  *time.Timer
	report func(done int64)
}

func (w *watchedReader) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if n > 0 {
		w.done += int64(n)
		w.timer.Reset(w.stall)
		w.report(w.done)
	}
	return n, err
}

// store writes the content of f to the cache: all of it and checked, or
// nothing. It is renamed into place, so other processes see no part of it.
func (a *acquisition) store(f remoteFile, content io.Reader) (err error) {
	tmp, err := os.CreateTemp(a.cache, f.name+".*.part")
	if err != nil {
		return err
	}
	defer func() {
		tmp.Close()
		if err != nil {
			os.Remove(tmp.Name())
		}
	}()
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(tmp, h), io.LimitReader(content, f.size+1))
	if err != nil {
		return fmt.Errorf("after %d bytes of content: %w", n, err)
	}
	if n > f.size {
		return fmt.Errorf("%s: more than the %d bytes expected", f.name, f.size)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != f.sum {
		return fmt.Errorf("%s: SHA-256 of the content (%d bytes) is %s, expected %s (%d bytes)", f.name, n, got, f.sum, f.size)
	}
	if err := tmp.Sync(); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), filepath.Join(a.cache, f.name))
}
