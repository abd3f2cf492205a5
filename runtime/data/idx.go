package data

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"
)

// An idxArray is a decoded IDX file of bytes: the format of the MNIST family.
// Layout: 0, 0, element type, number of dimensions, each dimension as a
// big-endian uint32, the elements in row-major order.
type idxArray struct {
	dims []int
	data []byte // as many as the product of dims
}

const (
	idxBytes  = 0x08    // the element type of unsigned bytes
	maxSide   = 1 << 14 // of an image
	maxCount  = 1 << 28 // of samples
	maxIDX    = 1 << 32 // bytes of a file's elements
	maxDeflat = 1032    // no DEFLATE stream expands further
)

// What a file is expected to hold, by its number of dimensions.
const (
	labelDims = 1
	imageDims = 3
)

var idxContent = map[int]string{labelDims: "labels (1 dimension)", imageDims: "images (3 dimensions)"}

// readIDX decodes the IDX file at path, compressed or not, which has to have
// the given number of dimensions. If sum is not nil it is fed the decompressed
// content.
func readIDX(path string, dims int, sum hash.Hash) (*idxArray, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() { // opening a pipe might never return
		return nil, fmt.Errorf("%s: is not a file, expected an IDX file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if st, err = f.Stat(); err != nil {
		return nil, err
	}
	a, err := decodeIDX(f, st.Size(), strings.HasSuffix(path, ".gz"), dims, sum)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

// decodeIDX decodes an IDX stream of size bytes. gzipped says that the name
// promises compression; a stream that begins like gzip is decompressed whatever
// its name. No more memory is taken than size justifies.
func decodeIDX(r io.Reader, size int64, gzipped bool, dims int, sum hash.Hash) (*idxArray, error) {
	br := bufio.NewReaderSize(r, 1<<16)
	start, err := br.Peek(2)
	if err != nil && err != io.EOF {
		return nil, err
	}
	compressed := bytes.Equal(start, []byte{0x1f, 0x8b})
	if gzipped && !compressed {
		return nil, fmt.Errorf("starts with bytes % x, expected 1f 8b: the file is named .gz but is not gzip", start)
	}
	var in io.Reader = br
	if compressed {
		gz, err := gzip.NewReader(br)
		if err != nil {
			return nil, fmt.Errorf("damaged gzip header: %w", err)
		}
		in = gz
	}
	if sum != nil {
		in = io.TeeReader(in, sum)
	}
	a, n, err := idxHeader(in, dims)
	if err != nil {
		return nil, err
	}
	header := int64(4 + 4*dims)
	switch {
	case !compressed && size < header+n:
		return nil, fmt.Errorf("truncated: %d bytes, expected %d for dimensions %v", size, header+n, a.dims)
	case !compressed && size > header+n:
		return nil, fmt.Errorf("%d bytes after the last element: %d bytes, expected %d for dimensions %v", size-header-n, size, header+n, a.dims)
	case compressed && n > maxDeflat*size:
		return nil, fmt.Errorf("truncated: %d compressed bytes cannot hold the %d of dimensions %v", size, n, a.dims)
	}
	a.data = make([]byte, n)
	if got, err := io.ReadFull(in, a.data); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, fmt.Errorf("truncated: %d elements, expected %d for dimensions %v", got, n, a.dims)
		}
		return nil, fmt.Errorf("after %d of %d elements: %w", got, n, err)
	}
	// Reading on past the last element also makes gzip compare its checksum.
	switch extra, err := io.CopyN(io.Discard, in, 1); {
	case extra > 0:
		return nil, fmt.Errorf("more than the %d elements of dimensions %v", n, a.dims)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, errors.New("truncated after the last element, within the checksum of gzip")
	case err != io.EOF:
		return nil, fmt.Errorf("after the last element: %w", err)
	}
	return a, nil
}

// idxHeader reads and checks a header, and returns the number of elements.
func idxHeader(in io.Reader, dims int) (*idxArray, int64, error) {
	var head [4]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, 0, fmt.Errorf("truncated within the 4-byte magic number: %w", err)
	}
	if head[0] != 0 || head[1] != 0 {
		return nil, 0, fmt.Errorf("starts with bytes % x, expected 00 00 08 %02x: not an IDX file", head, dims)
	}
	if head[2] != idxBytes {
		return nil, 0, fmt.Errorf("elements of IDX type 0x%02x, expected 0x%02x (unsigned bytes)", head[2], idxBytes)
	}
	if int(head[3]) != dims {
		found := fmt.Sprintf("%d dimensions", head[3])
		if name, ok := idxContent[int(head[3])]; ok {
			found = name
		}
		return nil, 0, fmt.Errorf("holds %s, expected %s", found, idxContent[dims])
	}
	a := &idxArray{dims: make([]int, dims)}
	n := int64(1)
	for i := range a.dims {
		var b [4]byte
		if _, err := io.ReadFull(in, b[:]); err != nil {
			return nil, 0, fmt.Errorf("truncated within the dimensions: %w", err)
		}
		d, most := int64(binary.BigEndian.Uint32(b[:])), int64(maxSide)
		if i == 0 {
			most = maxCount
		}
		if d < 1 || d > most {
			return nil, 0, fmt.Errorf("dimension %d is %d, expected 1 to %d", i+1, d, most)
		}
		a.dims[i] = int(d)
		n *= d // at most 2^56
	}
	if n > maxIDX {
		return nil, 0, fmt.Errorf("dimensions %v make %d elements, expected at most %d", a.dims, n, int64(maxIDX))
	}
	return a, n, nil
}
