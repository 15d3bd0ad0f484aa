//! What a budget holds calls to: its limits, its ledger, and who is told.

use std::fmt;
use std::sync::Arc;

use super::alert::BudgetAlert;
use super::on_the_way::{OnTheWay, Watch};
use super::policy::{BudgetPolicy, Limit};
use crate::{BudgetScope, ChatRequest, Ledger, ModelError, ModelPrices, Usage};

/// Who is told of alerts.
type Handler = Arc<dyn Fn(&BudgetAlert) + Send + Sync>;

#[derive(Clone)]
pub(super) struct Terms {
    pub(super) ledger: Ledger,
    pub(super) policy: BudgetPolicy,
    pub(super) prices: Arc<ModelPrices>,
    pub(super) handler: Option<Handler>,
    on_the_way: OnTheWay,
}

impl Terms {
    pub(super) fn new(ledger: Ledger, policy: BudgetPolicy) -> Self {
        Self {
            ledger,
            policy,
            prices: Arc::default(),
            handler: None,
            on_the_way: OnTheWay::default(),
        }
    }

    /// Lets a call through that no limit forbids.
    pub(super) async fn admit(&self, request: &ChatRequest) -> Result<Watch, ModelError> {
        let scopes = BudgetScope::charged(request.thread.as_ref());
        let limited = scopes.filter(|scope| self.policy.limits(scope).next().is_some());
        let watch = self.on_the_way.begin(limited.collect());
        for scope in watch.scopes() {
            let spent = self.spent(scope).await?;
            watch.sees(scope, spent);
            let mut limits = self.policy.limits(scope);
            if let Some(limit) = limits.find(|limit| limit.is_reached(100, &spent)) {
                return Err(ModelError::BudgetExhausted {
                    scope: scope.clone(),
                    unit: limit.unit,
                    limit: limit.max,
                    spent: limit.unit.of(&spent),
                });
            }
        }
        Ok(watch)
    }

    /// Tells of the thresholds that were passed since the highest sums that were seen.
    pub(super) async fn tell(&self, watch: &Watch) -> Result<(), ModelError> {
        if self.policy.alert_percents.is_empty() {
            return Ok(());
        }
        for scope in watch.scopes() {
            let spent = self.spent(scope).await?;
            let before = watch.sees(scope, spent);
            for limit in self.policy.limits(scope) {
                let passed = |percent: &&u8| {
                    limit.is_reached(**percent, &spent) && !limit.is_reached(**percent, &before)
                };
                for percent in self.policy.alert_percents.iter().filter(passed) {
                    self.alert(scope, limit, *percent, &spent);
                }
            }
        }
        Ok(())
    }

    fn alert(&self, scope: &BudgetScope, limit: Limit, percent: u8, spent: &Usage) {
        let alert = BudgetAlert {
            scope: scope.clone(),
            unit: limit.unit,
            threshold_percent: percent,
            spent: limit.unit.of(spent),
            limit: limit.max,
        };
        let BudgetAlert {
            spent, limit, unit, ..
        } = alert;
        tracing::warn!(%scope, percent, spent, limit, %unit, "much of a budget is spent");
        if let Some(handler) = &self.handler {
            handler(&alert);
        }
    }

    async fn spent(&self, scope: &BudgetScope) -> Result<Usage, ModelError> {
        let spent = self.ledger.spent(scope).await;
        spent.map_err(|source| ModelError::Ledger { source })
    }

    /// What is charged for a reply of that model.
    pub(super) fn priced(&self, model: &str, mut usage: Usage) -> Usage {
        let named = usage.cost_micro_usd;
        usage.cost_micro_usd = named.or_else(|| self.prices.cost(model, &usage));
        let limits = [self.policy.thread, self.policy.project];
        let counts_money = limits.iter().any(|limits| limits.micro_usd.is_some());
        if counts_money && usage.cost_micro_usd.is_none() {
            tracing::warn!(model, "a reply without a price is not counted as money");
        }
        usage
    }
}

impl fmt::Debug for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terms")
            .field("ledger", &self.ledger)
            .field("policy", &self.policy)
            .field("has_handler", &self.handler.is_some())
            .finish_non_exhaustive()
    }
}
