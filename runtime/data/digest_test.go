package data

import "testing"

// TestDigest compares digests of data whose content is or is not the same.
func TestDigest(t *testing.T) {
	idx := func(change func(files map[string][]byte), o Options) string {
		files := smallIDX()
		change(files)
		return openTest(t, "idx:"+folderOf(t, files), o).Digest()
	}
	same := func(map[string][]byte) {}
	flipLast := func(name string) func(map[string][]byte) {
		return func(files map[string][]byte) { files[name][len(files[name])-1] ^= 1 }
	}
	digests := map[string]string{
		"idx":            idx(same, Options{}),
		"another pixel":  idx(flipLast(trainImages), Options{}),
		"another label":  idx(func(f map[string][]byte) { f[trainLabels+".gz"] = gzipped(labels(0, 1, 2, 2)) }, Options{}),
		"no test part":   idx(func(f map[string][]byte) { delete(f, "t10k-images.idx3-ubyte.gz"); delete(f, "t10k-labels.idx1-ubyte") }, Options{}),
		"held out":       idx(same, Options{HoldOut: 1}),
		"glyphs":         openTest(t, "glyphs", Options{Seed: 1}).Digest(),
		"glyphs, seed 2": openTest(t, "glyphs", Options{Seed: 2}).Digest(),
	}
	owner := map[string]string{}
	for name, d := range digests {
		if len(d) != 32 || owner[d] != "" {
			t.Errorf("%s: digest %q, also of %q", name, d, owner[d])
		}
		owner[d] = name
	}
	compressed := func(files map[string][]byte) {
		files[trainImages+".gz"] = gzipped(files[trainImages])
		delete(files, trainImages)
	}
	if d := idx(compressed, Options{}); d != digests["idx"] {
		t.Errorf("compressed data has digest %s, expected %s", d, digests["idx"])
	}
	if d := (&Set{Train: numbers(3)}).Digest(); d != "" {
		t.Errorf("data of unknown content has digest %s", d)
	}
}
