"""Which policy object a node gets."""

from __future__ import annotations

from graphflow.nodes.input_policy import (
    BarrierPolicy,
    DefaultPolicy,
    EarlyClosePolicy,
    FixedSizePolicy,
    ImmediatePolicy,
    MuxPolicy,
    SyncSetPolicy,
    TimestampAlignPolicy,
)
from graphflow.plan import NodePlan
from graphflow.runtime.policies import (
    DefaultRule,
    Drained,
    FixedSizeRule,
    ImmediateRule,
    ImmediateSettledRule,
    SettledRule,
    SourceRule,
    SyncSetRule,
)
from graphflow.runtime.special_policies import (
    AlignRule,
    BarrierRule,
    BatchRule,
    EarlyCloseRule,
    MuxRule,
)

Rule = (
    SourceRule | DefaultRule | SettledRule | ImmediateRule | SyncSetRule | BarrierRule | MuxRule
    | AlignRule
)  # fmt: skip


def rule_for(plan: NodePlan, drained: Drained) -> Rule:
    """Return the policy object of a node: a fresh one for each run, since some keep state.

    Args:
        plan: the node.
        drained: called by policies after they shortened a full queue.
    """
    policy = plan.policy
    if not plan.inputs:
        return SourceRule()
    if isinstance(policy, SyncSetPolicy):
        return SyncSetRule(plan.sync_sets, process_timestamps=plan.process_timestamps)
    if isinstance(policy, FixedSizePolicy):
        return FixedSizeRule(policy, drained)
    if isinstance(policy, MuxPolicy):
        return MuxRule(plan, drained)
    if isinstance(policy, TimestampAlignPolicy):
        return AlignRule(plan.base_input)
    if isinstance(policy, ImmediatePolicy):
        return ImmediateSettledRule() if plan.process_timestamps else ImmediateRule()
    if isinstance(policy, BarrierPolicy):
        return BarrierRule()
    if isinstance(policy, EarlyClosePolicy):
        return EarlyCloseRule()
    if isinstance(policy, DefaultPolicy) and policy.batch_size > 1:
        return BatchRule(policy.batch_size)
    return SettledRule() if plan.process_timestamps else DefaultRule()
