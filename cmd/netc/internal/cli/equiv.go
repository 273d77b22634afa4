package cli

import (
	"errors"

	"github.com/spf13/cobra"
)

func equivCommand(t *terminal) *cobra.Command {
	var f studyFlags
	cmd := &cobra.Command{
		Use:   "equiv A B FILE",
		Short: "Ask whether one trick may stand in for another",
		Long: `equiv trains the program with trick A alone, with trick B alone and with neither, from
the same seeds, and says whether A may stand in for B: whether the metric differs by
less than the margin in either direction (two one-sided tests), how alike the learning
curves are, and whether both networks are right on the same test examples.

A trick that the file does not have is put into it in the place of the other one: the
name of a card of the library (netc tricks lists them) or a whole statement, 'l2 1e-4'.
Layers stand where the other trick is, settings in the train section. The other trick
must stand in the file, perhaps with off behind it. The margin comes from the file's
study section or --margin; that of an accuracy is 0.5 points where neither says so.`,
		Example: "  netc equiv dropout 'l2 1e-4' model.net --seeds 12 --margin 0.5%\n  netc equiv relu gelu model.net",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 3 {
				return usageError{errors.New("equiv takes two tricks and a FILE: netc equiv dropout l2 model.net")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.sequential {
				return usageError{errors.New("--sequential does not go with equiv: its question is answered once, at the end")}
			}
			a, err := f.ask(args[2])
			if err != nil {
				return t.studyMistake(err, nil, &f)
			}
			a.Between, a.Any, a.LeaveOneOut = args[:2], true, true
			a.Reproduce = []string{reproduce(cmd, args)}
			return t.study(cmd.Context(), a, &f)
		},
	}
	f.registerStudy(cmd)
	return cmd
}
