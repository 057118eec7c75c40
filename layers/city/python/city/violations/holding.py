"""What the unit holds of a person with an account: what they did as an officer.

A plate is not bound to an account here, nor a face that is looked for, so that whose they are the
unit cannot say; whoever asks about their own vehicle is answered through the police, who hold the
register.
"""

LAW = (
    "Chuỗi lưu giữ chứng cứ phải nguyên vẹn (Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15, chưa đối "
    "chiếu điều khoản) / the chain of custody must stay whole (article not checked)"
)
