//! The wire beneath all functions: no socket, but everything that can happen to a request.

mod arrive;
mod lifetime;
mod outgoing;

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures::future::BoxFuture;
use tieout_platform::clock::Clock;
use tieout_platform::http::{Connector, REQUEST_TIMEOUT_MS, Request, Response, TransportError};

pub use lifetime::{End, Lifetime};

use crate::faults::{Plan, Trouble, aws_refusal, vendor_refusal};
use crate::world::World;
use arrive::{Host, arrive};
use outgoing::Outgoing;

/// What a panic on the wire says, so that it is distinct from one of the product's own.
pub const ORDERED_PANIC: &str = "simulator: ordered panic";
/// The longest that a delayed request or a second copy is on its way: shorter than the six minutes for which Xero knows an idempotency key
/// again. After that nobody could distinguish a copy from a new request.
const DELAY_MAX_MS: u64 = 300_000;
/// The longest that a second copy is on its way to Salesforce, which knows no such keys: what comes later than the quickest next write would
/// undo it, and no sender could tell.
const COPY_WITHIN_MS: u64 = 50;

/// A process's way to the world.
pub struct Wire {
    world: Weak<World>,
    lifetime: Arc<Lifetime>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Wire")
            .field("process", &self.lifetime.name)
            .finish_non_exhaustive()
    }
}

impl Wire {
    /// The wire of a process.
    pub fn new(world: &Arc<World>, lifetime: Arc<Lifetime>) -> Arc<Self> {
        Arc::new(Self {
            world: Arc::downgrade(world),
            lifetime,
        })
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        let Some(world) = self.world.upgrade() else {
            return std::future::pending().await;
        };
        if self.lifetime.is_over() {
            return std::future::pending().await;
        }
        let host = Host::of(&world, &request);
        // The SDK's jitter comes from this thread's generator, and what is made once a process has drawn from it in a first run only.
        fastrand::seed(world.dice().between(0, u64::MAX));
        let plan = self.plan(&world, &host, &request);
        let mut outgoing = Outgoing::leaves(&world, &self.lifetime, &host, &request);
        let answer = self.travel(&world, &host, request, plan, &mut outgoing).await;
        outgoing.comes_back(&answer, plan.trouble);
        answer
    }

    fn plan(&self, world: &World, host: &Host, request: &Request) -> Plan {
        let mix = world.mix();
        let mut dice = world.dice();
        let mut plan = Plan::draw(&mut dice, host.rates(&mix), mix.latency_max_ms);
        if host.is_send_batch() && dice.chance(mix.send_partly) {
            plan.trouble = Some(Trouble::Partly);
        }
        if dice.chance(mix.panic) {
            plan.trouble = Some(Trouble::Panic);
        }
        match self.lifetime.meets(request).or_else(|| world.crash_point(self.lifetime.function)) {
            Some(End::Before) => plan.trouble = Some(Trouble::CrashBefore),
            Some(End::After) => plan.trouble = Some(Trouble::CrashAfter),
            None => {}
        }
        plan
    }

    async fn travel(
        &self,
        world: &Arc<World>,
        host: &Host,
        request: Request,
        plan: Plan,
        outgoing: &mut Outgoing,
    ) -> Result<Response, TransportError> {
        let lost = |text: &str| TransportError::Unknown {
            host: host.name().to_owned(),
            source: text.into(),
        };
        let patience = Duration::from_millis(REQUEST_TIMEOUT_MS);
        if plan.trouble == Some(Trouble::CrashBefore) {
            return self.lifetime.ends().await;
        }
        world.clock.sleep(plan.there).await;
        match plan.trouble {
            Some(Trouble::Panic) => panic_on_the_wire(),
            Some(Trouble::NotSent) => {
                return Err(TransportError::NotSent {
                    host: host.name().to_owned(),
                    source: "no connection".into(),
                });
            }
            Some(Trouble::RequestLost) => {
                world.clock.sleep(patience.saturating_sub(plan.there)).await;
                return Err(lost("the request was lost"));
            }
            Some(trouble @ (Trouble::ServerError | Trouble::Html | Trouble::Throttled)) => {
                return Ok(refusal(world, host, trouble));
            }
            Some(Trouble::Delayed) => return self.late(world, host, request, outgoing).await,
            Some(Trouble::Doubled) => self.again(world, host, &request),
            _ => {}
        }
        let request = if plan.trouble == Some(Trouble::Partly) {
            arrive::part_of(request)
        } else {
            request
        };
        outgoing.arrived();
        let answer = arrive(world, host, request.clone()).await;
        outgoing.vendor(&answer);
        match plan.trouble {
            Some(Trouble::CrashAfter) => return self.lifetime.ends().await,
            Some(Trouble::AnswerLost) => {
                world.clock.sleep(plan.back).await;
                return Err(lost("the answer was lost"));
            }
            Some(Trouble::Drip) => {
                world.clock.sleep(patience).await;
                return Err(lost("the answer dripped until the end of all patience"));
            }
            _ => {}
        }
        world.clock.sleep(plan.back).await;
        match (plan.trouble, answer) {
            (Some(Trouble::ServerErrorAfter), Ok(_)) => Ok(refusal(world, host, Trouble::ServerError)),
            (Some(Trouble::Truncated), Ok(answer)) => Ok(answer.map(|body| body.slice(..body.len() / 2))),
            (Some(Trouble::Partly), Ok(answer)) => Ok(arrive::answer_of_part(&request, answer)),
            (_, answer) => answer,
        }
    }

    /// Arrives late; its sender may have stopped waiting by then.
    async fn late(&self, world: &Arc<World>, host: &Host, request: Request, outgoing: &mut Outgoing) -> Result<Response, TransportError> {
        let delay = world.dice().wait(DELAY_MAX_MS);
        let (sender, answer) = tokio::sync::oneshot::channel();
        let (there, target) = (Arc::clone(world), host.clone());
        outgoing.arrived();
        tokio::spawn(async move {
            there.clock.sleep(delay).await;
            let answer = arrive(&there, &target, request).await;
            there.step("wire", format_args!("a late request to {} came", target.name()));
            // Nobody waits any more where the caller has stopped waiting.
            let _ = sender.send(answer);
        });
        match tokio::time::timeout(Duration::from_millis(REQUEST_TIMEOUT_MS), answer).await {
            Ok(Ok(answer)) => {
                outgoing.vendor(&answer);
                answer
            }
            _ => Err(TransportError::Unknown {
                host: host.name().to_owned(),
                source: "no answer in time".into(),
            }),
        }
    }

    /// A second copy, which comes before or after the first one's answer; nobody sees what is answered to it.
    fn again(&self, world: &Arc<World>, host: &Host, request: &Request) {
        let within_ms = if matches!(host, Host::Salesforce { .. }) {
            COPY_WITHIN_MS
        } else {
            DELAY_MAX_MS
        };
        let delay = world.dice().wait(within_ms);
        let (there, target, request) = (Arc::clone(world), host.clone(), request.clone());
        tokio::spawn(async move {
            there.clock.sleep(delay).await;
            let _ = arrive(&there, &target, request).await;
            there.step("wire", format_args!("a second copy came to {}", target.name()));
        });
    }
}

#[expect(clippy::panic, reason = "that is the fault: a panic must fail its message alone")]
fn panic_on_the_wire() -> ! {
    panic!("{ORDERED_PANIC}")
}

fn refusal(world: &World, host: &Host, trouble: Trouble) -> Response {
    let mut dice = world.dice();
    match host {
        Host::Aws { operation, .. } => aws_refusal(trouble, &mut dice, operation),
        Host::Salesforce { .. } => vendor_refusal(trouble, &mut dice, false),
        Host::Xero { .. } | Host::Elsewhere { .. } => vendor_refusal(trouble, &mut dice, true),
    }
}

impl Connector for Wire {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.exchange(request))
    }
}
