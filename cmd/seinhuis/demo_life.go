// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// life shows what happens to a pause after it began: the creditor contests it,
// the municipality upholds it, and its paper alone tells a court whether it was
// in force.
func (s *story) life(ctx context.Context) error {
	creditor, about := s.creditors[0], s.shown
	at := slices.IndexFunc(demoMunicipalities, func(p gateway.Party) bool { return p.Municipality == about.Municipality })
	if at < 0 || about.Pause == nil {
		return errors.New("no pause to tell of")
	}
	if _, err := creditor.ChangePause(ctx, client.ContestPause(about.Pause.ID, gateway.ReasonProcedure)); err != nil {
		return err
	}
	s.say("   %s contests pause %s: a case is in court. It holds meanwhile.", demoCreditors[0].Name, about.Pause.ID)
	page, err := s.municipalities[at].Notices(ctx, 0, 0)
	if err != nil || len(page.Notices) == 0 {
		return fmt.Errorf("%d notices for the municipality: %w", len(page.Notices), err)
	}
	told := page.Notices[len(page.Notices)-1].Claims
	s.say("   %s is told: %s, to be answered by %s. It upholds the pause.", demoMunicipalities[at].Name, told.Kind, told.AnswerBy)
	if _, err := s.municipalities[at].ChangePause(ctx, client.UpholdPause(about.Pause.ID, gateway.ReasonStillHelping)); err != nil {
		return err
	}
	statement, err := creditor.Pause(ctx, about.Pause.ID)
	if err != nil {
		return err
	}
	keys, err := creditor.Keys(ctx)
	if err != nil {
		return err
	}
	return s.verdicts(keys, statement.Compact, about.Pause)
}

// verdicts asks the offline verifier about two days.
func (s *story) verdicts(keys []byte, statement string, p *gateway.Pause) error {
	published, err := proof.ParseKeySet(keys)
	if err != nil {
		return err
	}
	paper, err := published.OpenPauseDocument(statement)
	if err != nil {
		return err
	}
	for day, want := range map[gateway.Date]proof.PauseAnswer{p.From: proof.PauseInForce, p.Until.AddDays(1): proof.PauseNotInForce} {
		v, err := proof.VerifyPause([]proof.PauseDocument{paper}, "", day.String())
		if err != nil {
			return err
		}
		if v.Answer != want {
			return fmt.Errorf("the statement says %s and not %s", v.Answer, want)
		}
	}
	s.say("   Its signed statement alone, verified offline: in force on %s, not in force on %s.", p.From, p.Until.AddDays(1))
	return nil
}
