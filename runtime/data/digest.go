package data

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
)

// digester is a Dataset whose content can be told from another's. writeDigest
// feeds h what decides every sample and label: the decoded bytes, or the
// version, seed and range of a generator.
type digester interface {
	writeDigest(h hash.Hash)
}

// Digest identifies the content of the set: its parts, their images, labels and
// classes, wherever they lie and however their files are named and compressed.
// It is empty where a part is of a kind whose content it does not know. It
// reads all that is in memory, which takes a fraction of decoding it.
func (s *Set) Digest() string {
	sum := sha256.New()
	for _, part := range []struct {
		name string
		of   Dataset
	}{{"train", s.Train}, {"val", s.Val}, {"test", s.Test}} {
		if part.of == nil {
			continue
		}
		info := part.of.Info()
		fmt.Fprintf(sum, "%s %d %v %q\n", part.name, part.of.Len(), info.Shape, info.Classes)
		if !digest(sum, part.of) {
			return ""
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// digest feeds h the content of d. It is false where d's kind cannot tell.
func digest(h hash.Hash, d Dataset) bool {
	switch d := d.(type) {
	case digester:
		d.writeDigest(h)
		return true
	case *subset:
		for _, i := range d.index {
			h.Write(binary.LittleEndian.AppendUint64(nil, uint64(i)))
		}
		return digest(h, d.of)
	}
	return false
}

func (d *idxData) writeDigest(h hash.Hash) {
	h.Write(d.pix)
	h.Write(d.labels)
}

// glyphsVersion names the drawing of the digits. It goes up with every change
// to what a seed gives.
const glyphsVersion = 1

func (g *glyphs) writeDigest(h hash.Hash) {
	fmt.Fprintf(h, "glyphs %d %v %d\n", glyphsVersion, g.key, g.first)
}
