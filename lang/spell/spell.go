// Package spell finds the name that a misspelt word was meant to be. It is behind every "did you mean".
package spell

import (
	"strings"

	"github.com/agext/levenshtein"
)

// Nearest returns the candidate that word most likely stands for, and whether any is near enough to be
// worth suggesting: at most one slip in a word of up to four letters, two up to seven, three beyond. A
// slip is a letter too many, too few, wrong, or swapped with its neighbour; case, "-" and "_" are no slips.
// Candidates must be of the right kind, since a near name of the wrong kind misleads. Of several equally
// near ones the one with the same first letter wins, then the first in candidates.
func Nearest(word string, candidates []string) (string, bool) {
	w := fold(word)
	if w == "" {
		return "", false
	}
	best, bestScore := "", -1
	for _, c := range candidates {
		if c == word {
			continue // the word itself is no suggestion
		}
		f := fold(c)
		limit := slips(max(len(w), len(f)))
		if diff := len(w) - len(f); diff > limit || -diff > limit {
			continue
		}
		d := distance(w, f)
		if d > limit || d >= len(f) && d > 0 || d >= len(w) && d > 0 {
			continue
		}
		score := 2 * d
		if f[0] != w[0] {
			score++
		}
		if bestScore < 0 || score < bestScore {
			best, bestScore = c, score
		}
	}
	return best, bestScore >= 0
}

func slips(letters int) int {
	switch {
	case letters < 2:
		return 0
	case letters <= 4:
		return 1
	case letters <= 7:
		return 2
	}
	return 3
}

// distance is the Levenshtein distance in which a swap of two neighbours counts once.
func distance(a, b string) int {
	d := levenshtein.Distance(a, b, nil)
	if d < 2 || len(a) != len(b) {
		return d
	}
	swapped := []byte(a)
	swaps := 0
	for i := 0; i+1 < len(swapped); i++ {
		if swapped[i] != b[i] && swapped[i] == b[i+1] && swapped[i+1] == b[i] {
			swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
			swaps++
			i++
		}
	}
	return min(d, swaps+levenshtein.Distance(string(swapped), b, nil))
}

func fold(s string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(s))
}
