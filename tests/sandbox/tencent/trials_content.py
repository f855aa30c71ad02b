"""Signatures and templates: how the official SDK tries them."""

from collections.abc import Mapping

from tests.sandbox.tencent.judging import INDIVIDUAL, Failure, Trial, called, put
from tests.sandbox.tencent.parameters import sign, template

CONTENT: Mapping[str, Trial] = {
    "AddSmsSign": Trial(
        sign(),
        lambda answer: isinstance(answer["AddSignStatus"]["SignId"], int),
        failures=(
            Failure("FailedOperation.NotEnterpriseCertification", sign(), (INDIVIDUAL,)),
            Failure("InvalidParameterValue.InvalidInternational", sign(International=2)),
            Failure("InvalidParameterValue.InvalidSignPurpose", sign(SignPurpose=2)),
            Failure("InvalidParameterValue.InvalidDocumentType", sign(DocumentType=5)),
            Failure(
                "InvalidParameterValue.ImageInvalid", sign(ProofImage="data:image/jpeg;base64,x")
            ),
            Failure("InvalidParameterValue.SignNameLengthTooLong", sign(SignName="签" * 13)),
            Failure("InvalidParameterValue.SignExistAndUnapproved", sign(SignName="新品预告")),
            Failure("InvalidParameterValue.QualificationIdNotFound", sign(QualificationId=1)),
            Failure("FailedOperation.QualificationIdNotApproved", sign(QualificationId=6002)),
            Failure("InvalidParameter.InvalidParameters", sign(SignType=2)),
            Failure("InvalidParameter.DirtyWordFound", sign(SignName="赌博")),
            Failure(
                "RequestLimitExceeded", sign(SignName="又一个"), (called("AddSmsSign", sign()),)
            ),
        ),
    ),
    "ModifySmsSign": Trial(
        sign(SignId=112),
        lambda answer: answer["ModifySignStatus"]["SignId"] == 112,
        failures=(
            Failure("FailedOperation.MissingSignatureToModify", sign(SignId=9)),
            Failure("InvalidParameterValue.SignAlreadyPassedCheck", sign(SignId=110)),
            Failure(
                "InvalidParameterValue.InvalidInternational", sign(SignId=112, International=1)
            ),
        ),
    ),
    "DeleteSmsSign": Trial(
        {"SignId": 112},
        lambda answer: answer["DeleteSignStatus"]["DeleteStatus"] == "return successfully!",
        failures=(
            Failure("FailedOperation.SignIdNotExist", {"SignId": 9}),
            Failure("FailedOperation.NotEnterpriseCertification", {"SignId": 112}, (INDIVIDUAL,)),
        ),
    ),
    "DescribeSmsSignList": Trial(
        {"International": 0, "SignIdSet": [110]},
        lambda answer: answer["DescribeSignListStatusSet"][0]["QualificationStatusCode"] == 1,
        failures=(
            Failure("FailedOperation.MissingSignatureList", {"International": 0, "SignIdSet": [9]}),
            Failure(
                "InvalidParameterValue.InvalidInternational",
                {"International": 2, "SignIdSet": [110]},
            ),
            Failure(
                "FailedOperation.NotEnterpriseCertification",
                {"International": 0, "SignIdSet": [110]},
                (INDIVIDUAL,),
            ),
        ),
    ),
    "AddSmsTemplate": Trial(
        template(),
        lambda answer: answer["AddTemplateStatus"]["TemplateId"].isdigit(),
        failures=(
            Failure("FailedOperation.NotEnterpriseCertification", template(), (INDIVIDUAL,)),
            Failure("InvalidParameterValue.InvalidSmsType", template(SmsType=0)),
            Failure("InvalidParameterValue.InvalidInternational", template(International=2)),
            Failure(
                "InvalidParameterValue.InvalidTemplateFormat", template(TemplateContent="{1}和{3}")
            ),
            Failure(
                "InvalidParameterValue.ContentLengthLimit", template(TemplateContent="长" * 501)
            ),
            Failure(
                "InvalidParameterValue.TemplateWithDirtyWords", template(TemplateContent="赌博")
            ),
            Failure(
                "InvalidParameterValue.MarketingTemplateWithoutUnsubscribe",
                template(SmsType=1, TemplateContent="大促开始"),
            ),
            Failure("RequestLimitExceeded", template(), (called("AddSmsTemplate", template(), 2),)),
        ),
    ),
    "ModifySmsTemplate": Trial(
        template(TemplateId=1115),
        lambda answer: answer["ModifyTemplateStatus"]["TemplateId"] == 1115,
        failures=(
            Failure("FailedOperation.MissingTemplateToModify", template(TemplateId=9)),
            Failure("FailedOperation.TemplateAlreadyPassedCheck", template(TemplateId=1110)),
            Failure(
                "InvalidParameterValue.InvalidInternational",
                template(TemplateId=1115, International=1),
            ),
        ),
    ),
    "DeleteSmsTemplate": Trial(
        {"TemplateId": 1115},
        lambda answer: answer["DeleteTemplateStatus"]["DeleteStatus"] == "return successfully!",
        failures=(
            Failure("FailedOperation.TemplateIdNotExist", {"TemplateId": 9}),
            Failure(
                "FailedOperation.NotEnterpriseCertification", {"TemplateId": 1115}, (INDIVIDUAL,)
            ),
        ),
    ),
    "DescribeSmsTemplateList": Trial(
        {"International": 0, "TemplateIdSet": [1110]},
        lambda answer: answer["DescribeTemplateStatusSet"][0]["TemplateId"] == 1110,
        failures=(
            Failure(
                "FailedOperation.MissingTemplateList", {"International": 0, "TemplateIdSet": [9]}
            ),
            Failure(
                "FailedOperation.ProhibitSubAccountUse",
                {"International": 0, "TemplateIdSet": [1110]},
                (put("account", sub_account=True),),
            ),
            Failure(
                "InvalidParameterValue.InvalidInternational",
                {"International": 2, "TemplateIdSet": [1110]},
            ),
        ),
    ),
}
