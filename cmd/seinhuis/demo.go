// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"
)

func newDemo(g *globals) *cobra.Command {
	o := demoOptions{}
	var with string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Watch the whole journey on this machine, with synthetic persons",
		Long: `Makes a gateway, two creditors and three municipalities in a temporary directory,
serves on loopback, and tells as a story what happens: reports, refusals,
collection, feedback, the pause of collection, and the log that an officer
verifies. Then it stays up, so that you can act as any of the parties with the
files named in demo.json.

The municipalities have their real codes and OINs; persons, keys and creditors
are synthetic.

With --profile cluster the same story is told on PostgreSQL, S3 and Vault, which must run:
name a node that was made for it. Without one the command says how to make it.`,
		Example: `  seinhuis demo
  seinhuis demo --once
  seinhuis demo --dir /tmp/seinhuis-demo --reports 50
  seinhuis demo --profile cluster --node /tmp/knooppunt --once`,
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.reports < 10 {
				return usage(errors.New("--reports must be at least 10"))
			}
			if err := o.profile(profile(with)); err != nil {
				return err
			}
			level := slog.LevelError
			if o.verbose {
				level = slog.LevelDebug
			}
			o.log = slog.New(slog.NewJSONHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: level}))
			// --dir of the demo is where it keeps everything, not an existing
			// installation.
			if cmd.Flags().Changed("dir") {
				o.dir = g.dir
			}
			return demo(cmd.Context(), cmd.OutOrStdout(), o)
		},
	}
	cmd.Flags().StringVar(&with, "profile", string(profileStandalone), "standalone, or cluster: over real servers, with --node")
	cmd.Flags().StringVar(&o.node, "node", os.Getenv(demoNodeVariable), "cluster: directory of a trial node with an empty database (or set "+demoNodeVariable+")")
	cmd.Flags().BoolVar(&o.once, "once", false, "end after the story; exit code 0 only if every step went well")
	cmd.Flags().IntVar(&o.reports, "reports", 200, "number of good reports to send")
	cmd.Flags().BoolVarP(&o.verbose, "verbose", "v", false, "also print the gateway's own log")
	return cmd
}

type demoOptions struct {
	dir     string // kept; empty for a temporary one
	node    string // directory of a node of a cluster; empty for an installation of its own
	reports int
	once    bool
	verbose bool
	log     *slog.Logger
}

func (o demoOptions) world(ctx context.Context, dir string) (*demoWorld, error) {
	if o.node != "" {
		return makeNodeWorld(ctx, dir, o.node, o.log, time.Now())
	}
	return makeWorld(ctx, dir, o.log, time.Now())
}

// demo makes the world, tells the story, and stays up unless once.
func demo(ctx context.Context, out io.Writer, o demoOptions) (err error) {
	dir, remove, err := demoDir(o.dir)
	if err != nil {
		return err
	}
	defer remove()
	w, err := o.world(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	stop := w.serve(ctx)
	s := &story{world: w, out: out, reports: o.reports}
	if err = s.tell(ctx); err == nil {
		err = w.describe()
	}
	if err == nil && !o.once {
		fmt.Fprintf(out, "\nThe gateway stays up at %s; demo.json: %s/demo.json\n", w.url, w.dir)
		if err := w.invite(ctx, out); err != nil {
			return errors.Join(err, stop())
		}
		fmt.Fprintln(out, "Stop with Ctrl-C.")
		<-ctx.Done()
	}
	if err = errors.Join(err, stop()); err != nil {
		return err
	}
	if o.once {
		fmt.Fprintln(out, s.lastLine())
	}
	return nil
}
