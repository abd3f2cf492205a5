package diag

import "strings"

// Nearest returns the candidate that a mistyped word most likely meant, and
// whether any is close enough: at most one slip (a letter missing, extra, wrong
// or swapped with its neighbour) in a word of up to five letters, two in longer
// ones and three from ten on, letter case not counting. Of equals the first wins.
func Nearest(word string, candidates []string) (string, bool) {
	const longest = 64 // a longer word is not a slip of the fingers
	best, found := "", false
	limit := 1
	switch {
	case len(word) > longest || word == "":
		return "", false
	case len(word) >= 10:
		limit = 3
	case len(word) > 5:
		limit = 2
	}
	low := strings.ToLower(word)
	for _, c := range candidates {
		if len(c) > longest || len(c)-len(word) > limit || len(word)-len(c) > limit {
			continue
		}
		d := distance(low, strings.ToLower(c))
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
	low := strings.ToLower(word)
	if len(word) < shortest || digits(word) != digits(near) || distance(low, strings.ToLower(near)) > 1 {
		return false
	}
	for _, c := range candidates {
		if c != near && max(len(c)-len(word), len(word)-len(c)) <= 1 && distance(low, strings.ToLower(c)) <= 1 {
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
