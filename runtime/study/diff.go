package study

import "strings"

// changes are the lines in which two resolved programs differ, "- " for those of the first alone and "+ " for those of the
// second. Comments (paths and shapes) do not count. The common lines are a longest common subsequence.
func changes(from, to []string) []string {
	a, b := plainLines(from), plainLines(to)
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	// length[i][j] is that of the longest common subsequence of a[i:] and b[j:].
	length := make([][]int, len(a)+1)
	for i := range length {
		length[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				length[i][j] = 1 + length[i+1][j+1]
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	var out []string
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && length[i+1][j] >= length[i][j+1]:
			out = append(out, "- "+a[i])
			i++
		default:
			out = append(out, "+ "+b[j])
			j++
		}
	}
	return out
}

func plainLines(list []string) []string {
	var out []string
	for _, l := range list {
		if at := strings.Index(l, " // "); at >= 0 {
			l = l[:at]
		}
		if l = strings.TrimSpace(l); l != "" && l != "}" && !strings.HasPrefix(l, "// ") {
			out = append(out, l)
		}
	}
	return out
}

// formTexts say what stands in each of two programs where they differ: "dropout p = 0.3" and "nothing".
func formTexts(on, off []string) (string, string) {
	var a, b []string
	for _, l := range changes(on, off) {
		if text := l[2:]; l[0] == '-' {
			a = append(a, text)
		} else {
			b = append(b, text)
		}
	}
	return shortList(a), shortList(b)
}

func shortList(list []string) string {
	switch n := len(list); {
	case n == 0:
		return "nothing"
	case n <= 2:
		return strings.Join(list, "; ")
	default:
		same := true
		for _, l := range list {
			same = same && l == list[0]
		}
		if same {
			return list[0] + " (" + count(n, "place") + ")"
		}
		return list[0] + "; " + list[1] + "; … " + count(n-2, "line") + " more"
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return itoa(n) + " " + what + "s"
}
