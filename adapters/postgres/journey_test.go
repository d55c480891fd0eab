// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"testing"

	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

func TestBatch(t *testing.T)      { gatewaytest.Batch(t, truth) }
func TestObjections(t *testing.T) { gatewaytest.ObjectionStores(t, truth) }
func TestRequests(t *testing.T)   { gatewaytest.Requests(t, truth) }
func TestAdoptions(t *testing.T)  { gatewaytest.Adoptions(t, truth) }
