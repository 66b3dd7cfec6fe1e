//! Everything that can happen, with how often it does.

use std::sync::Arc;

use futures::future::BoxFuture;

use super::actors::Actors;
use super::{closers, finance, hurry, operators, outsiders, sellers};
use crate::world::World;

/// A kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// A deal of one to four lines is won, of an old or new customer.
    Sell,
    /// A deal is won, and renamed while it is being booked.
    SellAndRename,
    /// An invoice is approved, paid and credited within seconds.
    Flurry,
    /// A deal that cannot be booked: unknown currency, or no dates.
    SellBadly,
    /// A bad deal is fixed.
    FixDeal,
    /// A line or a field of a deal is changed.
    EditDeal,
    /// A won deal is taken back, or won again.
    Reopen,
    /// A deal is deleted.
    DeleteDeal,
    /// A contract is renewed.
    Renew,
    /// A draft is approved.
    Authorise,
    /// A draft is changed.
    EditInvoice,
    /// An invoice is voided, a draft deleted.
    Void,
    /// An invoice is paid, in part or whole.
    Pay,
    /// A payment is taken back.
    Unpay,
    /// An invoice is credited.
    Credit,
    /// An invoice is made again by hand.
    DuplicateByHand,
    /// A lock date is moved.
    MoveLock,
    /// A journal of ours is voided.
    VoidJournal,
    /// A journal is made by hand.
    JournalByHand,
    /// Somebody plans a close by hand.
    Plan,
    /// Somebody approves what waits.
    Approve,
    /// Somebody approves their own proposal.
    ApproveOwn,
    /// Somebody approves what was planned anew while they thought.
    ApproveStale,
    /// Two approve at the same time.
    ApproveRace,
    /// Somebody posts what is approved.
    Post,
    /// Dead letters are sent back, once or twice, or thrown away.
    Redrive,
    /// Somebody without the right sends a message to a webhook.
    Forge,
    /// What no worker can read lies on a queue (F16), or what another version wrote (F22).
    Poison,
    /// A new version is deployed: all processes are replaced.
    Deploy,
    /// Sessions at vendors end (F13).
    EndSessions,
    /// The sweep's timer.
    Sweep,
    /// Month-end's timers.
    MonthEnd,
}

/// How often each act of people happens, by weight.
pub const ACTS: &[(u32, Act)] = &[
    (22, Act::Sell),
    (8, Act::SellAndRename),
    (8, Act::Flurry),
    (4, Act::SellBadly),
    (4, Act::FixDeal),
    (8, Act::EditDeal),
    (3, Act::Reopen),
    (2, Act::DeleteDeal),
    (3, Act::Renew),
    (20, Act::Authorise),
    (5, Act::EditInvoice),
    (4, Act::Void),
    (10, Act::Pay),
    (2, Act::Unpay),
    (6, Act::Credit),
    (2, Act::DuplicateByHand),
    (2, Act::MoveLock),
    (2, Act::VoidJournal),
    (1, Act::JournalByHand),
    (4, Act::Plan),
    (10, Act::Approve),
    (2, Act::ApproveOwn),
    (4, Act::ApproveStale),
    (3, Act::ApproveRace),
    (5, Act::Post),
    (5, Act::Redrive),
    (3, Act::Forge),
    (3, Act::Poison),
    (2, Act::Deploy),
    (2, Act::EndSessions),
];

/// Does it, or begins it: what takes its time is given back, and other things go on meanwhile.
pub fn act(world: &Arc<World>, actors: &mut Actors, what: Act) -> Option<BoxFuture<'static, ()>> {
    world.count();
    world.step("history", format_args!("{what:?}"));
    let begun = match what {
        Act::Plan => closers::plan(world, actors),
        Act::Approve => closers::approve(world, actors),
        Act::ApproveOwn => closers::approve_own(world, actors),
        Act::ApproveStale => closers::approve_stale(world, actors),
        Act::ApproveRace => closers::race(world, actors),
        Act::SellAndRename => hurry::sell_and_rename(world, actors),
        Act::Flurry => hurry::flurry(world, actors),
        Act::Post => closers::post(world, actors),
        Act::Redrive => operators::redrive(world, actors),
        Act::Forge => outsiders::forge(world, actors),
        Act::Sweep => operators::sweep(world),
        Act::MonthEnd => operators::month_end(world),
        _ => {
            at_once(world, actors, what);
            None
        }
    };
    world.ring_vendors();
    begun
}

fn at_once(world: &World, actors: &mut Actors, what: Act) {
    match what {
        Act::Sell => sellers::sell(world, actors),
        Act::SellBadly => sellers::sell_badly(world, actors),
        Act::FixDeal => sellers::fix(world, actors),
        Act::EditDeal => sellers::edit(world, actors),
        Act::Reopen => sellers::reopen(world, actors),
        Act::DeleteDeal => sellers::delete(world, actors),
        Act::Renew => sellers::renew(world, actors),
        Act::Authorise => finance::authorise(world, actors),
        Act::EditInvoice => finance::edit(world, actors),
        Act::Void => finance::void(world, actors),
        Act::Pay => finance::pay(world, actors),
        Act::Unpay => finance::unpay(world, actors),
        Act::Credit => finance::credit(world, actors),
        Act::DuplicateByHand => finance::duplicate(world, actors),
        Act::MoveLock => finance::move_lock(world, actors),
        Act::VoidJournal => finance::void_journal(world, actors),
        Act::JournalByHand => finance::journal_by_hand(world, actors),
        Act::Poison => outsiders::poison(world, actors),
        Act::Deploy => world.fleet.replace(),
        // The sandbox keeps its sessions in memory here, where nothing can fail.
        Act::EndSessions => drop(world.salesforce.expire_tokens()),
        _ => {}
    }
}
