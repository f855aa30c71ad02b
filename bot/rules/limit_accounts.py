"""Whose account may change frequency limits."""

from enum import StrEnum


class MayNot(StrEnum):
    """Why an account may not.

    Tencent's guide lets accounts verified as an enterprise alone do it (snapshot of 2021-07-20,
    tencentyun/qcloud-documents, 短信/控制台指南/管理应用/配置基础信息.md). Its newer pages
    contradict each other: the FAQ says "users" (cloud.tencent.com/document/faq/382/13303,
    2025-11-03), and the Chinese and the English page of product/40653 differ.
    """

    INDIVIDUAL = "individual"


def may_not(*, is_individual: bool) -> MayNot | None:
    """Why frequency limits may not be changed, declared or lifted; None where they may."""
    return MayNot.INDIVIDUAL if is_individual else None
