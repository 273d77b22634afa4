package starter

import (
	"fmt"
	"strings"
)

// lineUp puts what stands behind the first words of a data, train or study section into one column, as people write it.
func lineUp(text []byte) []byte {
	lines := strings.Split(string(text), "\n")
	for i := 0; i < len(lines); i++ {
		word, _, _ := strings.Cut(lines[i], " ")
		if word != "data" && word != "train" && word != "study" {
			continue
		}
		end, widest := i+1, 0
		for ; end < len(lines) && lines[end] != "}"; end++ {
			if head, ok := settingHead(lines[end]); ok {
				widest = max(widest, len(head))
			}
		}
		for j := i + 1; j < end; j++ {
			if head, ok := settingHead(lines[j]); ok {
				lines[j] = fmt.Sprintf("  %-*s %s", widest, head, strings.TrimPrefix(lines[j], "  "+head+" "))
			}
		}
		i = end
	}
	return []byte(strings.Join(lines, "\n"))
}

// settingHead is the first word of a setting on the first level of a section that has something behind it on its line.
func settingHead(line string) (string, bool) {
	rest, ok := strings.CutPrefix(line, "  ")
	if !ok || strings.HasPrefix(rest, " ") || strings.HasPrefix(rest, "//") || strings.HasSuffix(rest, "{") {
		return "", false
	}
	head, _, more := strings.Cut(rest, " ")
	return head, more && head != "}"
}
