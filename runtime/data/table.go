package data

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// What bounds a table.
const (
	maxTable   = 1 << 30 // bytes
	maxTargets = 1 << 16 // numbers of an image
)

// openTable reads a CSV file that names an image in each row, with the class of
// the image or the numbers to be predicted of it.
func openTable(ctx context.Context, s spec, o Options) (*Set, error) {
	ratio, err := s.ratio()
	if err != nil {
		return nil, err
	}
	t, err := readTable(s.paths[0], columnsOf(&s))
	if err != nil {
		return nil, err
	}
	paths := make([]string, len(t.images))
	for i, p := range t.images {
		if paths[i] = filepath.FromSlash(p); !filepath.IsAbs(p) {
			paths[i] = filepath.Join(filepath.Dir(s.paths[0]), paths[i])
		}
	}
	pictures, err := survey(ctx, paths)
	if err != nil {
		return nil, err
	}
	for i, f := range pictures {
		if f.pages > 1 {
			return nil, fmt.Errorf("%s: line %d: %s holds %d pages, expected one image", s.paths[0], t.lines[i], f.path, f.pages)
		}
	}
	d := &tableData{album{info: Info{Name: s.paths[0], Classes: t.classes, Values: t.targets}, files: pictures, labels: t.labels}, t.numbers}
	if err := finish(ctx, o.Channels, &d.album); err != nil {
		return nil, err
	}
	return ratio.set(d, t.labels)
}

// tableData is the pictures of a table.
type tableData struct {
	album
	numbers []float32 // of each picture in turn
}

func (d *tableData) values(i int, dst []float32) { copy(dst, d.numbers[i*len(dst):]) }

func (d *tableData) writeDigest(h hash.Hash) {
	d.album.writeDigest(h)
	for _, v := range d.numbers {
		h.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)))
	}
}

// columns are the names of the columns of a table.
type columns struct {
	image, label string
	targets      []string
}

func columnsOf(s *spec) columns {
	c := columns{image: s.options.Get("image"), label: s.options.Get("label")}
	if s.has("target") {
		for name := range strings.SplitSeq(s.options.Get("target"), ",") {
			c.targets = append(c.targets, strings.TrimSpace(name))
		}
	}
	return c
}

// table is the content of a table.
type table struct {
	images  []string
	lines   []int // where each image stands
	labels  []int // 0 where there are numbers
	classes []string
	targets []string
	numbers []float32 // as many for each image as there are targets
}

func readTable(path string, c columns) (*table, error) {
	if (c.label == "") == (len(c.targets) == 0) {
		return nil, fmt.Errorf("%s: neither or both of label= and target= given, expected one of them", path)
	}
	if len(c.targets) > maxTargets {
		return nil, fmt.Errorf("%s: %d columns of numbers, expected at most %d", path, len(c.targets), maxTargets)
	}
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() { // opening a pipe might never return
		return nil, fmt.Errorf("%s: is not a file, expected a CSV file", path)
	}
	if st.Size() > maxTable {
		return nil, fmt.Errorf("%s: %d bytes, expected at most %d", path, st.Size(), maxTable)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t, err := decodeTable(f, c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// decodeTable reads a table whose first row names its columns.
func decodeTable(r io.Reader, c columns) (*table, error) {
	br := bufio.NewReader(r)
	if mark, _ := br.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		if _, err := br.Discard(3); err != nil {
			return nil, err
		}
	}
	rows := csv.NewReader(br)
	rows.ReuseRecord = true
	head, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("is empty, expected a first row with the names of the columns")
	}
	if err != nil {
		return nil, err
	}
	head = slices.Clone(head)
	at := func(name string) (int, error) {
		i := slices.IndexFunc(head, func(h string) bool { return strings.TrimSpace(h) == name })
		if i < 0 {
			return 0, fmt.Errorf("no column %q, its columns are %s", name, list(head))
		}
		return i, nil
	}
	image, err := at(c.image)
	if err != nil {
		return nil, err
	}
	t := &table{targets: c.targets}
	wanted := c.targets
	if c.label != "" {
		wanted = []string{c.label}
	}
	var places []int
	for _, name := range wanted {
		i, err := at(name)
		if err != nil {
			return nil, err
		}
		places = append(places, i)
	}
	var classes []string
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		line, _ := rows.FieldPos(0)
		if row[image] == "" {
			return nil, fmt.Errorf("line %d: column %s is empty, expected the path of an image", line, c.image)
		}
		t.images, t.lines = append(t.images, strings.Clone(row[image])), append(t.lines, line)
		if c.label != "" {
			class := strings.TrimSpace(row[places[0]])
			if class == "" {
				return nil, fmt.Errorf("line %d: column %s is empty, expected a class", line, c.label)
			}
			classes = append(classes, strings.Clone(class))
			continue
		}
		for k, i := range places {
			v, err := strconv.ParseFloat(strings.TrimSpace(row[i]), 32)
			if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("line %d: column %s is %q, expected a number", line, c.targets[k], row[i])
			}
			t.numbers = append(t.numbers, float32(v))
		}
	}
	if len(t.images) == 0 {
		return nil, errors.New("no rows below the names of the columns, expected an image in each")
	}
	t.label(classes)
	return t, nil
}

// label numbers the classes: in the order of numbers where all are whole
// numbers, else of letters.
func (t *table) label(of []string) {
	t.labels = make([]int, len(t.images))
	if of == nil {
		return
	}
	t.classes = slices.Compact(slices.Sorted(slices.Values(of)))
	number := func(s string) (n int, ok bool) {
		n, err := strconv.Atoi(s)
		return n, err == nil
	}
	if !slices.ContainsFunc(t.classes, func(s string) bool { _, ok := number(s); return !ok }) {
		slices.SortStableFunc(t.classes, func(a, b string) int {
			x, _ := number(a)
			y, _ := number(b)
			return cmp.Compare(x, y)
		})
	}
	place := map[string]int{}
	for i, c := range t.classes {
		place[c] = i
	}
	for i, c := range of {
		t.labels[i] = place[c]
	}
}
