"""What a function is told by its environment. A missing name fails at once, naming itself."""

import functools
import os

from pydantic import BaseModel, Field


class Settings(BaseModel, frozen=True):
    """One field per environment variable; `template.yaml` sets them all."""

    stage: str = Field(alias="STAGE")
    region: str = Field(alias="AWS_REGION")
    bus_name: str = Field(alias="BUS_NAME")
    table_prefix: str = Field(alias="TABLE_PREFIX")
    uploads_bucket: str = Field(alias="UPLOADS_BUCKET")
    media_bucket: str = Field(alias="MEDIA_BUCKET")
    public_base_url: str = Field(alias="PUBLIC_BASE_URL")
    upload_base_url: str = Field("", alias="UPLOAD_BASE_URL")
    token_secret: str = Field(alias="TOKEN_SECRET", min_length=32)
    exports_bucket: str = Field("", alias="EXPORTS_BUCKET")
    fanout_bucket: str = Field("", alias="FANOUT_BUCKET")
    evidence_bucket: str = Field("", alias="EVIDENCE_BUCKET")
    vapid_private_key: str = Field("", alias="VAPID_PRIVATE_KEY")
    statements_bucket: str = Field("", alias="STATEMENTS_BUCKET")
    fcm_account: str = Field("", alias="FCM_ACCOUNT")
    fcm_url: str = Field("", alias="FCM_URL")
    sms_url: str = Field("", alias="SMS_URL")
    sms_key: str = Field("", alias="SMS_KEY")
    smtp_url: str = Field("", alias="SMTP_URL")
    mail_from: str = Field("", alias="MAIL_FROM")
    trusted_issuers: str = Field("", alias="TRUSTED_ISSUERS")
    vneid_issuer: str = Field("", alias="VNEID_ISSUER")
    vneid_client_secret: str = Field("", alias="VNEID_CLIENT_SECRET")
    billers: str = Field("", alias="BILLERS")
    bank_url: str = Field("", alias="BANK_URL")
    bank_key: str = Field("", alias="BANK_KEY")

    @property
    def sandbox(self) -> bool:
        """Whether the developers' doors (outbox, demo people) may open."""
        return self.stage in {"local", "test"}

    def table(self, unit: str) -> str:
        """The name of a unit's table."""
        return f"{self.table_prefix}{unit}"


@functools.cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings.model_validate(dict(os.environ))
