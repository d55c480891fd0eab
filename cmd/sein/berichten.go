// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/gateway"
)

// noticeDocument is a notice for a program.
type noticeDocument struct {
	Sequence int64                  `json:"volgnummer"`
	Progress gateway.NoticeProgress `json:"stand"`
	Claims   gateway.Notice         `json:"bericht"`
	Compact  string                 `json:"jws"`
}

// reading is how notices are read.
type reading struct {
	after     int64
	wait      time.Duration
	follow    bool
	confirmAs gateway.NoticeProgress // empty: not at all
	keep      string                 // folder for the notices themselves; empty: none
}

func (a *app) berichten() *cobra.Command {
	var r reading
	var received, applied bool
	c := &cobra.Command{
		Use: "berichten", GroupID: "both", Args: exactly(),
		Short: "lees berichten over uw meldingen of signalen, zoals incassopauzes",
		Long: `Toont de berichten over uw eigen meldingen (meldende partij) of signalen (gemeente), elk
gecontroleerd, oudste eerst. Onthoud het laatste volgnummer en geef het de volgende keer met --na.
Staat er één bericht tussen dat niet klopt, dan worden de andere wel getoond en eindigt de opdracht
met een fout.

Een bericht hulp-geaccepteerd, pauze-verlengd, pauze-gecorrigeerd of vordering-overgenomen vraagt een
meldende partij de incasso stil te leggen van de ingangsdatum tot en met de einddatum. Bevestig pas
toegepast als dat in uw administratie zo is: met sein bevestigen, of met --toegepast als uw
verwerking daar al voor instaat. Een gemeente bevestigt alleen ontvangen.`,
		Example: "  sein berichten --na 41 --wacht 30s --ontvangen --map ./energie",
	}
	c.Flags().Int64Var(&r.after, "na", 0, "toon berichten na dit `volgnummer`")
	c.Flags().DurationVar(&r.wait, "wacht", 0, "wacht zo `lang` op een nieuw bericht als er geen is (ten hoogste 1m)")
	c.Flags().BoolVar(&r.follow, "volg", false, "blijf nieuwe berichten tonen, tot u afbreekt")
	c.Flags().BoolVar(&received, "ontvangen", false, "bevestig elk getoond bericht als ontvangen")
	c.Flags().BoolVar(&applied, "toegepast", false, "bevestig elk getoond bericht dat erom vraagt als toegepast, de andere als ontvangen")
	c.Flags().StringVar(&r.keep, "naar", "", "bewaar elk bericht in `MAP`/<volgnummer>_<berichtId>.jws, voor sein verify")
	c.PreRunE = func(*cobra.Command, []string) error {
		switch {
		case received && applied:
			return errors.New("kies --ontvangen of --toegepast")
		case r.after < 0 || r.wait < 0 || r.wait > time.Minute:
			return errors.New("--na is 0 of meer, --wacht ten hoogste 1m")
		case applied:
			r.confirmAs = gateway.NoticeApplied
		case received:
			r.confirmAs = gateway.NoticeReceived
		}
		return nil
	}
	c.RunE = a.online(func(ctx context.Context, cl door, _ []string) error {
		return a.readNotices(ctx, cl, r)
	})
	return c
}

// readNotices shows page after page; following, it outlives an unreachable gateway.
func (a *app) readNotices(ctx context.Context, cl door, r reading) error {
	if r.follow && r.wait == 0 {
		r.wait = 30 * time.Second
	}
	for {
		page, err := cl.Notices(ctx, r.after, r.wait)
		for _, n := range page.Notices {
			err := a.showNotice(ctx, cl, n, r)
			switch {
			case err == nil:
			case r.follow && ctx.Err() != nil:
				return nil // the user ended it; what was not confirmed is shown again next time
			default:
				return err
			}
		}
		more := page.Next > r.after
		r.after = max(r.after, page.Next)
		switch {
		case r.follow && ctx.Err() != nil:
			return nil // the user ended it
		case err != nil && r.follow && unreachable(err):
			a.explain(err)
			if !pause(ctx, 5*time.Second) {
				return nil
			}
		case err != nil:
			return err
		case !more && !r.follow:
			return a.showNext(r.after)
		}
		if !r.follow {
			r.wait = 0 // what came is here; only look whether there is more
		}
	}
}

func (a *app) showNext(after int64) error {
	if a.json {
		return nil // each notice has its number
	}
	_, err := fmt.Fprintf(a.out, "Geen berichten meer; ga later verder met --na %d\n", after)
	return err
}

// showNotice keeps and prints before it confirms: a notice that nobody saw was
// not received.
func (a *app) showNotice(ctx context.Context, cl door, n client.Notice, r reading) error {
	if r.keep != "" {
		if err := keepIn(r.keep, fmt.Sprintf("%d_%s.jws", n.Sequence, n.Claims.ID), []byte(n.Compact)); err != nil {
			return err
		}
	}
	if err := a.show(noticeDocument{n.Sequence, n.Progress, n.Claims, n.Compact}, noticeText(n)); err != nil {
		return err
	}
	confirmAs := r.confirmAs
	if confirmAs == gateway.NoticeApplied && !n.Claims.Kind.AsksApplied() {
		confirmAs = gateway.NoticeReceived
	}
	if confirmAs == "" || n.Progress == confirmAs || n.Progress == gateway.NoticeApplied {
		return nil
	}
	_, err := cl.ConfirmNotice(ctx, n.Claims.ID, confirmAs)
	return err
}

func noticeText(n client.Notice) string {
	about := "melding " + string(n.Claims.ReportID)
	if n.Claims.SignalID != "" {
		about = "signaal " + string(n.Claims.SignalID)
	}
	text := fmt.Sprintf("%d  %s  %s  %s  bericht %s  (%s)\n", n.Sequence, n.Claims.Date, n.Claims.Kind, about, n.Claims.ID, n.Progress)
	if p := n.Claims.Pause; p != nil {
		text += fmt.Sprintf("    incassopauze %s stap %d van %s tot en met %s\n", p.ID, p.Step, p.From, p.Until)
	}
	if n.Claims.Reason != "" {
		text += fmt.Sprintf("    reden %s\n", n.Claims.Reason)
	}
	if !n.Claims.AnswerBy.IsZero() {
		text += fmt.Sprintf("    antwoord uiterlijk %s\n", n.Claims.AnswerBy)
	}
	if n.Claims.Term != "" {
		text += fmt.Sprintf("    termijn verstreken: %s\n", n.Claims.Term)
	}
	if n.Claims.EarlierID != "" {
		text += fmt.Sprintf("    eerdere melding %s\n", n.Claims.EarlierID)
	}
	return text
}

func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
