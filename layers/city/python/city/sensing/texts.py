"""Sentences about indices: why there is none, and the whole method, as people must be told."""

from city.kernel.text import Text, text

GREY = "#9e9e9e"
NO_DATA = text("không có số liệu", "no data")

REASONS: dict[str, Text] = {
    "no_data": text("Không có số liệu đo.", "Nothing was measured."),
    "no_pm": text(
        "Không có bụi PM2.5 hoặc PM10 nên không tính chỉ số.",
        "Neither PM2.5 nor PM10 was measured, so there is no index.",
    ),
    "nowcast_incomplete": text(
        "Cần ít nhất 2 trong 3 giờ gần nhất có số liệu bụi.",
        "At least two of the newest three hours of dust are needed.",
    ),
    "incomplete_day": text(
        "Cần ít nhất 18 trong 24 giờ có số liệu (quy ước của hệ thống).",
        "At least 18 of 24 hours are needed (a rule of ours).",
    ),
    "too_few_groups": text(
        "Cần ít nhất 3 trong 5 nhóm thông số.", "At least three of the five groups are needed."
    ),
    "no_organic_group": text(
        "Nhóm IV (hữu cơ, dinh dưỡng) cần ít nhất 3 thông số.",
        "Group IV (organic, nutrients) needs at least three parameters.",
    ),
    "rain_threshold_unknown": text(
        "Quyết định không quy định (hoặc chưa đọc được) ngưỡng mưa cho vùng và tháng này.",
        "For this zone and month the decision has no rain threshold, or it could not be read.",
    ),
    "zone_unknown": text("Trạm chưa thuộc vùng nào.", "The station belongs to no zone."),
}

METHODS: dict[str, Text] = {
    "air_hour": text(
        "VN_AQI giờ theo Quyết định 1459/QĐ-TCMT: O3, CO, SO2, NO2 dùng trung bình 1 giờ; PM10, "
        "PM2.5 dùng Nowcast 12 giờ; nội suy tuyến tính giữa các điểm gãy; chỉ số là giá trị lớn "
        "nhất, làm tròn thành số nguyên. Cần có PM10 hoặc PM2.5.",
        "Hourly VN_AQI by Decision 1459/QĐ-TCMT: one-hour means of O3, CO, SO2, NO2; 12-hour "
        "Nowcast of PM10, PM2.5; linear between breakpoints; the largest part, rounded to a whole "
        "number. PM10 or PM2.5 is needed.",
    ),
    "air_day": text(
        "VN_AQI ngày theo Quyết định 1459/QĐ-TCMT: PM trung bình 24 giờ; SO2, NO2, CO lớn nhất "
        "1 giờ; O3 lớn hơn giữa lớn nhất 1 giờ và lớn nhất trung bình 8 giờ (bỏ 8 giờ nếu trên "
        "400 µg/m³).",
        "Daily VN_AQI by Decision 1459/QĐ-TCMT: 24-hour mean of dust; largest hour of SO2, NO2, "
        "CO; for O3 the larger of the largest hour and the largest 8-hour mean (not used over "
        "400 µg/m³).",
    ),
    "water": text(
        "VN_WQI theo Quyết định 1460/QĐ-TCMT: WQI = I/100 · II/100 · III/100 · √(IV·V); nhóm "
        "thiếu I, II, III tính là 100. Một số hàng của bảng chưa đối chiếu được với văn bản.",
        "VN_WQI by Decision 1460/QĐ-TCMT: WQI = I/100 · II/100 · III/100 · √(IV·V); missing "
        "groups I, II, III count as 100. Some rows of the table are not confirmed.",
    ),
    "fire": text(
        "Chỉ số P (Nesterov) cộng dồn t13·d13 mỗi ngày, về 0 khi mưa ngày đạt ngưỡng của vùng và "
        "tháng; năm cấp theo Quyết định 33/2022/QĐ-UBND. Cách tính P là dạng phổ biến, chưa đối "
        "chiếu với văn bản.",
        "Nesterov's P adds t13·d13 each day and falls to 0 when the day's rain reaches the zone's "
        "and month's threshold; five levels by Decision 33/2022/QĐ-UBND. The formula is the common "
        "one, not checked against the document.",
    ),
}
