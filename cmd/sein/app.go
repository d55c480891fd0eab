// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"
)

// app is one run of the tool.
type app struct {
	in      io.Reader
	out     io.Writer
	err     io.Writer
	now     func() time.Time
	dir     string // party folder
	json    bool
	sftp    string // address of the SFTP door, noSFTP, or empty for what party.json says
	hostKey string // of the SFTP door, or empty for what party.json says
	started bool   // the question was understood; what fails from here is no mistake in usage
}

// run answers one question, and gives the exit code.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	a := &app{in: in, out: out, err: errOut, now: time.Now}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	if errors.Is(err, errAnsweredNo) {
		return exitFailed
	}
	if !a.started {
		err = usageError{err}
	}
	a.explain(err)
	return exitCode(err)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "sein",
		Short:         "Het gereedschap van deelnemers aan Seinhuis",
		Long:          longRoot,
		Example:       "  sein melden melding.json --map ./energie --bewijs-naar ./bewijzen\n  sein ophalen --naar ./signalen --map ./gemeente",
		Args:          noCommand,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(&cobra.Command{Hidden: true, Use: "geen-help"})
	root.SetUsageFunc(usage)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return fmt.Errorf("optie niet begrepen: %w", err) })
	root.PersistentFlags().BoolP("help", "h", false, "toon deze uitleg")
	root.PersistentFlags().StringVar(&a.dir, "map", folderFromEnvironment(), "partij`map` met party.json, certificaat en sleutels (of SEIN_MAP)")
	root.PersistentFlags().BoolVar(&a.json, "json", false, "uitvoer voor een programma: JSON, één document per regel")
	root.PersistentFlags().StringVar(&a.sftp, "sftp", "", "ga via de SFTP-deur op `HOST:POORT` (anders sftp in party.json; geen: via de API)")
	root.PersistentFlags().StringVar(&a.hostKey, "sftp-hostsleutel", "", "publieke `hostsleutel` van de SFTP-deur (anders sftpHostsleutel in party.json)")
	root.AddGroup(&cobra.Group{ID: "creditor", Title: "Voor meldende partijen:"},
		&cobra.Group{ID: "municipality", Title: "Voor gemeenten:"}, &cobra.Group{ID: "both", Title: "Voor beide:"})
	root.AddCommand(a.melden(), a.controleren(), a.aanleveren(), a.uitkomsten(), a.corrigeren(), a.intrekken(), a.bewijs(), a.berichten(), a.bevestigen(),
		a.signalen(), a.ophalen(), a.terugkoppelen(), a.pauze(), a.verify(), a.getuige(), a.sleutels())
	plain(root)
	return root
}

// plain keeps cobra's own English "[flags]" out of every line.
func plain(c *cobra.Command) {
	c.DisableFlagsInUseLine = true
	for _, sub := range c.Commands() {
		plain(sub)
	}
}

func folderFromEnvironment() string {
	if dir := os.Getenv("SEIN_MAP"); dir != "" {
		return dir
	}
	return "."
}

// action makes the body of a command: from here on, an error is no mistake in usage
// unless it says so.
func (a *app) action(do func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		a.started = true
		return do(c.Context(), args)
	}
}

// show prints one document as JSON, or the text.
func (a *app) show(document any, text string) error {
	if !a.json {
		_, err := io.WriteString(a.out, text)
		return err
	}
	line, err := json.Marshal(document)
	if err != nil {
		return fmt.Errorf("uitvoer: %T", err) // the error may quote content
	}
	_, err = a.out.Write(append(line, '\n'))
	return err
}

// exactly asks for one argument of each name.
func exactly(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != len(names) {
			return fmt.Errorf("gebruik: %s", c.UseLine())
		}
		return nil
	}
}

func noCommand(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("onbekende opdracht; zie sein --help")
	}
	return nil
}
