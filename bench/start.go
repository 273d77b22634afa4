package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// processesARound is how many processes of each command a round of start makes: one takes some milliseconds.
const processesARound = 10

// starts measures how long netc takes from its start to its end: a check of each example, and `netc version`, which does nothing, for
// what of it is the start of a process. The commands take turns. There is no peer.
func starts(s *settings) error {
	folder, err := os.MkdirTemp("", "netc-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	netc := filepath.Join(folder, "netc")
	if out, err := exec.Command("go", "build", "-o", netc, "./cmd/netc").CombinedOutput(); err != nil {
		return fmt.Errorf("start builds netc, from the folder of the project: %w\n%s", err, out)
	}
	examples, err := filepath.Glob(filepath.Join("examples", "*.net"))
	if err != nil || len(examples) == 0 {
		return errors.New("start wants the folder examples of the project")
	}
	commands := [][]string{{"version"}}
	for _, e := range examples {
		commands = append(commands, []string{"check", e})
	}
	times := make([][]float64, len(commands))
	for range s.rounds * processesARound {
		for i, c := range commands {
			from := time.Now()
			if out, err := exec.Command(netc, c...).CombinedOutput(); err != nil {
				return fmt.Errorf("netc %s: %w\n%s", c, err, out)
			}
			times[i] = append(times[i], float64(time.Since(from).Microseconds())/1e3)
		}
	}
	for i, c := range commands {
		name := c[len(c)-1]
		slices.Sort(times[i])
		middle := times[i][len(times[i])/2]
		text := fmt.Sprintf("%-28s median %5.1f ms, a quarter below %5.1f, fastest %5.1f", name, middle, times[i][len(times[i])/4], times[i][0])
		if err := s.print(row{Work: name, Threads: 1, Netc: middle}, text); err != nil {
			return err
		}
	}
	return nil
}
