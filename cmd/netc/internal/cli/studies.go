package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/runtime/study"
)

func studiesCommand(t *terminal) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "studies",
		Short:   "List the studies of this folder",
		Long:    "studies lists what was studied here (under .netc/studies), the newest first, with its verdicts.",
		Example: "  netc studies\n  netc studies --json",
		Args:    exactly(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			list, err := allStudies()
			if err != nil {
				return err
			}
			if asJSON {
				return t.printJSON(struct {
					Studies []study.StudyRow `json:"studies"`
				}{append([]study.StudyRow{}, list...)})
			}
			if len(list) == 0 {
				fmt.Fprintln(t.err, "there are no studies here yet; netc ablate FILE makes one")
				return nil
			}
			rows := [][]string{{"study", "when", "status", "metric", "baseline", "seeds", "trials", "verdicts"}}
			for _, s := range list {
				if s.Problem != "" {
					rows = append(rows, []string{filepath.Base(s.Dir), "", "unreadable", "", "", "", "", s.Problem})
					continue
				}
				m := study.Metric{Name: s.Metric, Share: strings.Contains(s.Metric, "accuracy")}
				rows = append(rows, []string{filepath.Base(s.Dir), s.Started.Local().Format("2006-01-02 15:04"), string(s.Status), s.Metric, m.Value(float64(s.Baseline)), fmt.Sprint(s.Seeds), fmt.Sprint(s.Trials), verdicts(s.Verdicts)})
			}
			table(t.out, rows, nil)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object on standard output")
	return cmd
}

func allStudies() (list []study.StudyRow, err error) {
	ix, err := study.OpenIndex(study.Root)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, ix.Close()) }()
	return ix.Studies()
}

// verdicts writes counts in a fixed order: 2 helps, 1 undecided.
func verdicts(count map[string]int) string {
	var parts []string
	for _, v := range []string{"helps", "hurts", "equivalent", "did nothing", "undecided"} {
		if n := count[v]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	return strings.Join(parts, ", ")
}
