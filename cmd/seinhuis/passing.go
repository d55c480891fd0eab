// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/seinhuis/seinhuis/gateway/reorganisation"
)

// passing carries out reorganisations as a chore and tells the operator.
type passing struct {
	desk   *reorganisation.Desk
	logger *slog.Logger
	told   string // what was complained of last, and when
	at     time.Time
}

// carryOut tries what is due. What cannot be done is tried again at every call
// and told at once, then every hour.
func (p *passing) carryOut(ctx context.Context, now time.Time) {
	done, err := p.desk.CarryOut(ctx)
	for _, o := range done {
		p.logger.Info("herindeling uitgevoerd", "herindeling", string(o.Reorganisation.ID), "opvolger", string(o.Reorganisation.Into),
			"signalen", o.Signals, "overeenkomsten", o.Agreements)
	}
	if err == nil {
		p.told = ""
		return
	}
	if ctx.Err() != nil || err.Error() == p.told && now.Sub(p.at) < time.Hour {
		return
	}
	p.told, p.at = err.Error(), now
	p.logger.Error("herindeling niet uitgevoerd", "fout", err.Error())
}
