package train

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/netc-lang/netc/runtime/checkpoint"
)

// CacheFile is the file in a run's folder that holds the values a stage caches.
func CacheFile(dir, stage string) string { return filepath.Join(dir, "cache."+stage+".bin") }

// cacheFormat is the version of such a file: a line of JSON, then for each view
// and each sample its values, labels and targets, little-endian, and at the end the
// SHA-256 of all before it.
const cacheFormat = 2

// cacheHead is the first line of the file.
type cacheHead struct {
	Format  int    `json:"format"`
	Key     string `json:"key"` // of everything that decides the values
	Views   int    `json:"views"`
	Samples int    `json:"samples"`
	Values  int    `json:"values"`  // of a sample
	Labels  int    `json:"labels"`  // of a sample
	Targets int    `json:"targets"` // numbers that a sample's output is compared with
}

// record is the bytes of one sample.
func (h *cacheHead) record() int { return 4 * (h.Values + h.Labels + h.Targets) }

// cache makes the training data of a stage the cached values: of the folder's
// file where that holds the very ones, else computed and, where there is a
// folder, written there.
func (l *loop) cache(ctx context.Context) error {
	if l.Set.Train.Ordered == nil || l.Set.Train.Order == nil {
		return fmt.Errorf("stage %s caches %s, for which data %s gives no order", l.Recipe.Stage, l.Recipe.Cache.Tap, l.Recipe.Data)
	}
	head := cacheHead{
		Format: cacheFormat, Key: l.cacheKey(), Views: l.Recipe.Cache.Views, Samples: l.Set.Train.Samples,
		Values: len(l.image.F32) / l.Model.TrainBatch, Labels: l.Set.Labels, Targets: l.Set.Values,
	}
	path, temporary := "", l.Out == ""
	if temporary {
		dir, err := os.MkdirTemp("", "netc-cache-*")
		if err != nil {
			return fmt.Errorf("cache: %w", err)
		}
		defer os.RemoveAll(dir)
		path = CacheFile(dir, l.Recipe.Stage)
	} else {
		path = CacheFile(l.Out, l.Recipe.Stage)
	}
	f, at, err := openCache(path, &head)
	if err != nil { // there is none, or of other values, or a damaged one
		err = checkpoint.Replace(path, func(w io.Writer) error { return l.writeCache(ctx, w, &head) })
		if err == nil {
			f, at, err = openCache(path, &head)
		}
	}
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w while computing the cache of stage %s", ErrInterrupted, l.Recipe.Stage)
	}
	if err != nil {
		return fmt.Errorf("cache of stage %s: %w", l.Recipe.Stage, err)
	}
	l.cached = f
	order := l.Set.Train.Order
	set := *l.Set // the caller's stays as it is
	set.Train.Open = func(batch, from int) (Stream, error) {
		return &cachedStream{
			f: f, start: at, head: head, order: order, position: batch * from, epoch: -1,
			batch: Batch{
				N: batch, Images: make([]float32, batch*head.Values),
				Labels: make([]int32, batch*head.Labels), Values: make([]float32, batch*head.Targets),
			},
			places: make([]int, batch), bytes: make([]byte, head.record()),
		}, nil
	}
	l.Set = &set
	return nil
}

// cacheKey identifies what decides the cached values: the model, the frozen
// weights, the data, its transforms and the seed.
func (l *loop) cacheKey() string {
	h := sha256.New()
	r := &l.Recipe
	fmt.Fprintf(h, "%q %q %q %d %q %d %q %d\n", l.Model.Name, l.Model.Layers, r.Cache.Tap, r.Cache.Views, l.Set.Digest, l.Set.Train.Samples, r.Augment, r.Seed)
	for i := range l.Model.Tensors {
		if t := &l.Model.Tensors[i]; t.Frozen {
			fmt.Fprintf(h, "%q %v\n", t.Name, t.Shape)
			binary.Write(h, binary.LittleEndian, t.View.F32) // a hash takes all
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// write writes a file whose records fill gives, one after another.
func (h *cacheHead) write(file io.Writer, fill func(record func(values []float32, labels []int32, targets []float32) error) error) error {
	sum := sha256.New()
	w := io.MultiWriter(file, sum)
	line, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if _, err := w.Write(append(line, '\n')); err != nil {
		return err
	}
	bytes := make([]byte, 0, h.record())
	err = fill(func(values []float32, labels []int32, targets []float32) error {
		if bytes, err = h.append(bytes[:0], values, labels, targets); err == nil {
			_, err = w.Write(bytes)
		}
		return err
	})
	if err != nil {
		return err
	}
	_, err = file.Write(sum.Sum(nil))
	return err
}

// writeCache runs the model up to the cached value over all views of all samples.
func (l *loop) writeCache(ctx context.Context, file io.Writer, head *cacheHead) error {
	m := l.Model
	stream, err := l.Set.Train.Ordered(m.InferBatch, 0)
	if err != nil {
		return err
	}
	defer stream.Close()
	image, cached := m.Infer.Input(m.Image), m.Infer.Output(cachedPort)
	all := head.Views * head.Samples
	return head.write(file, func(record func([]float32, []int32, []float32) error) error {
		for at := 0; at < all; {
			batch, err := stream.Next(ctx)
			if err != nil {
				return err
			}
			copy(image.F32, batch.Images)
			m.Infer.Run()
			for i := 0; i < batch.N && at < all && err == nil; i++ {
				values := cached.F32[i*head.Values:][:head.Values]
				if bad := slices.IndexFunc(values, func(v float32) bool { return !finite(float64(v)) }); bad >= 0 {
					err = fmt.Errorf("%s is %g for sample %d of the training data", l.Recipe.Cache.Tap, values[bad], at%head.Samples)
				} else {
					err = record(values, batch.Labels[i*head.Labels:][:head.Labels], batch.Values[i*head.Targets:][:head.Targets])
				}
				at++
			}
			stream.Release(batch)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// append adds the record of a sample to bytes.
func (h *cacheHead) append(bytes []byte, parts ...any) (_ []byte, err error) {
	for _, part := range parts {
		if bytes, err = binary.Append(bytes, binary.LittleEndian, part); err != nil {
			return nil, err
		}
	}
	return bytes, nil
}

var errOtherCache = errors.New("the file holds other values, or is damaged")

// openCache opens a file that holds the values of the head, all of which is
// checked, and says where they begin.
func openCache(path string, head *cacheHead) (f *os.File, at int64, err error) {
	f, err = os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	line, err := json.Marshal(head)
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	line = append(line, '\n')
	size := int64(len(line)) + int64(head.Views)*int64(head.Samples)*int64(head.record())
	info, err := f.Stat()
	if err == nil && info.Size() != size+sha256.Size {
		err = errOtherCache
	}
	if err == nil {
		err = checkCache(f, line, size)
	}
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, int64(len(line)), nil
}

func checkCache(f *os.File, line []byte, size int64) error {
	found := make([]byte, len(line))
	if _, err := io.ReadFull(f, found); err != nil {
		return err
	}
	if string(found) != string(line) {
		return errOtherCache
	}
	sum := sha256.New()
	sum.Write(line)
	if _, err := io.CopyN(sum, f, size-int64(len(line))); err != nil {
		return err
	}
	end := make([]byte, sha256.Size)
	if _, err := io.ReadFull(f, end); err != nil {
		return err
	}
	if string(end) != string(sum.Sum(nil)) {
		return errOtherCache
	}
	return nil
}

// cachedStream is the training stream of cached values: sample after sample in
// the order of each epoch, which sees the views in turn.
type cachedStream struct {
	f        *os.File
	start    int64
	head     cacheHead
	order    func(epoch int) []int
	position int
	epoch    int   // of samples
	samples  []int // in the order of the epoch
	batch    Batch
	places   []int // of the batch's samples
	bytes    []byte
}

// Next reads the next batch.
func (s *cachedStream) Next(ctx context.Context) (*Batch, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for i := range s.batch.N {
		epoch, place := s.position/s.head.Samples, s.position%s.head.Samples
		if epoch != s.epoch {
			s.epoch, s.samples = epoch, s.order(epoch)
		}
		sample := s.samples[place]
		record := int64(epoch%s.head.Views)*int64(s.head.Samples) + int64(sample)
		if _, err := s.f.ReadAt(s.bytes, s.start+record*int64(len(s.bytes))); err != nil {
			return nil, fmt.Errorf("cached sample %d: %w", sample, err)
		}
		labels := 4 * s.head.Values
		targets := labels + 4*s.head.Labels
		for _, part := range []struct {
			bytes []byte
			into  any
		}{
			{s.bytes[:labels], s.batch.Images[i*s.head.Values:][:s.head.Values]},
			{s.bytes[labels:targets], s.batch.Labels[i*s.head.Labels:][:s.head.Labels]},
			{s.bytes[targets:], s.batch.Values[i*s.head.Targets:][:s.head.Targets]},
		} {
			if _, err := binary.Decode(part.bytes, binary.LittleEndian, part.into); err != nil {
				return nil, err
			}
		}
		s.places[i] = sample
		s.position++
	}
	s.batch.Sample = func(i int) int { return s.places[i] }
	return &s.batch, nil
}

// Release does nothing: the memory is used again by the next Next.
func (s *cachedStream) Release(*Batch) {}

// Close does nothing: the file is the loop's.
func (s *cachedStream) Close() {}
