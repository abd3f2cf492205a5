package diag

import "strings"

// Nearest returns the candidate that a mistyped word most likely meant, and
// whether any is close enough: at most one slip (a letter missing, extra, wrong
// or swapped with its neighbour) in a word of up to five letters, two in longer
// ones and three from ten on, letter case not counting. Of equals the first wins.
func Nearest(word string, candidates []string) (string, bool) {
	best, found := "", false
	limit := slips(word)
	low := lower(word)
	for _, c := range candidates {
		if !MayMean(word, c) {
			continue
		}
		d := distance(low, lower(c))
		if d <= limit && d < max(len(word), len(c)) {
			best, found, limit = c, true, d-1
			if limit < 0 {
				break
			}
		}
	}
	return best, found
}

// isSlip reports whether a word of three letters or more is one slip away from its
// nearest candidate and from no other. Another digit is no slip: c4 and c5 are
// two names.
func isSlip(word, near string, candidates []string) bool {
	const shortest = 3
	low := lower(word)
	if len(word) < shortest || digits(word) != digits(near) || distance(low, lower(near)) > 1 {
		return false
	}
	for _, c := range candidates {
		if c != near && MayMean(word, c) && distance(low, lower(c)) <= 1 {
			return false
		}
	}
	return true
}

// digits is the digits of a word.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// longest is the length up to which a wrong word may be a slip of the fingers.
const longest = 64

// slips is how many slips a word may have; -1 for one that is no slip at all.
func slips(word string) int {
	switch n := len(word); {
	case n == 0 || n > longest:
		return -1
	case n >= 10:
		return 3
	case n > 5:
		return 2
	}
	return 1
}

// MayMean reports whether a candidate is of a length that Nearest looks at, so
// that a caller with very many need not gather the others.
func MayMean(word, candidate string) bool {
	n := slips(word)
	return len(candidate) <= longest && len(candidate)-len(word) <= n && len(word)-len(candidate) <= n
}

// lower is a word in small letters. Letters beyond ASCII stay, and so does the length.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// distance is the Damerau–Levenshtein distance with adjacent swaps, each letter
// edited at most once (optimal string alignment).
func distance(a, b string) int {
	var before, last, row [65]int
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
