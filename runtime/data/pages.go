package data

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// maxPages bounds the pages of a TIFF file.
const maxPages = 1 << 12

// readPages returns the places of the pages of a TIFF file.
func readPages(path string) ([]uint32, error) {
	text, err := readPictureFile(path)
	if err != nil {
		return nil, err
	}
	all, err := pages(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return all, nil
}

// pages lists where the directories of a TIFF file begin: each holds a page and
// ends with the place of the next.
func pages(text []byte) ([]uint32, error) {
	order, err := tiffOrder(text)
	if err != nil {
		return nil, err
	}
	var all []uint32
	seen := map[uint32]bool{}
	for at := order.Uint32(text[4:]); at != 0; {
		if seen[at] || len(all) == maxPages {
			return nil, fmt.Errorf("the list of pages does not end after %d, expected at most %d", len(all), maxPages)
		}
		seen[at] = true
		all = append(all, at)
		if int64(at)+2 > int64(len(text)) {
			return nil, fmt.Errorf("truncated: page %d begins at byte %d of %d", len(all), at, len(text))
		}
		next := int64(at) + 2 + 12*int64(order.Uint16(text[at:]))
		if next+4 > int64(len(text)) {
			return nil, fmt.Errorf("truncated within the directory of page %d", len(all))
		}
		at = order.Uint32(text[next:])
	}
	if len(all) == 0 {
		return nil, errors.New("a TIFF file without a page")
	}
	return all, nil
}

func tiffOrder(text []byte) (binary.ByteOrder, error) {
	switch {
	case len(text) < 8:
		return nil, fmt.Errorf("truncated: %d bytes, expected a TIFF header of 8", len(text))
	case bytes.HasPrefix(text, []byte("II*\x00")):
		return binary.LittleEndian, nil
	case bytes.HasPrefix(text, []byte("MM\x00*")):
		return binary.BigEndian, nil
	}
	return nil, fmt.Errorf("starts with bytes % x, expected a TIFF header", text[:4])
}

// turnTo makes a page, from 0, the first of a file: all places in a TIFF file
// are counted from its beginning, so only the header changes. all is what pages
// gave for the file as it was.
func turnTo(text []byte, all []uint32, page int) error {
	order, err := tiffOrder(text)
	if err != nil {
		return err
	}
	if page >= len(all) {
		return fmt.Errorf("%d pages, expected more than %d", len(all), page)
	}
	order.PutUint32(text[4:], all[page])
	return nil
}
